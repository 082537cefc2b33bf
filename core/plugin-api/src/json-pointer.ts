/**
 * The value that a JSON Pointer (RFC 6901) leads to; undefined where it leads nowhere.
 *
 * @example
 * pointedAt({ realm_access: { roles: ["editor"] } }, "/realm_access/roles"); // ["editor"]
 */
export function pointedAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}
