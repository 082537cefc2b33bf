import type { IncomingHttpHeaders } from "node:http";

/**
 * A header's text: of one that was sent twice the first, as UTF-8 if it is more than ASCII. An empty value counts as
 * absent.
 */
export function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const joined = headers[name];
  if (typeof joined !== "string" || joined === "") return undefined;
  const end = joined.indexOf(", ");
  const value = end === -1 ? joined : joined.slice(0, end);
  if (!/[\x80-\xff]/.test(value)) return value === "" ? undefined : value;
  return Buffer.from(value, "latin1").toString("utf8");
}
