/** Memory that one object may take. */
export const MAX_OBJECT_BYTES = 2 ** 30;

export function checkedSize(size: number): number {
  if (size > MAX_OBJECT_BYTES) throw new Error(`an object of ${size} bytes is larger than ${MAX_OBJECT_BYTES}`);
  return size;
}
