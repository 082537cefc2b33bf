/** Name of a field, id of an item, or `attachment` and that → its fault. */
export type Faults = ReadonlyMap<string | number, string>;

const KEY = /^[-_,A-Za-z0-9]+$/;

/** Fault of the key of a flag, a variant, a segment or a namespace. */
export function keyFault(key: string): string | undefined {
  return KEY.test(key) ? undefined : "A key has letters, digits, - and _ only.";
}
