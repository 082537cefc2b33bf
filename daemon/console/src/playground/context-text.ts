import { jsonFault } from "../ui/json-fault.js";

/** Text of a JSON object → its properties; values that are no text count as their JSON text, as the server has it. */
export function readContext(text = ""): Readonly<Record<string, string>> {
  const value: unknown = text.trim() === "" ? {} : JSON.parse(text);
  return Object.fromEntries(
    Object.entries(value as object).map(([key, one]) => [key, typeof one === "string" ? one : JSON.stringify(one)]),
  );
}

/** Properties → text of a JSON object; empty for none. The last of a name counts. */
export function writeContext(properties: readonly (readonly [string, string])[]): string {
  const named = properties.filter(([key]) => key !== "");
  return named.length === 0 ? "" : JSON.stringify(Object.fromEntries(named), undefined, 2);
}

/** @returns the fault in the text of a context */
export const contextFault = (text = ""): string | undefined => jsonFault(text, "object");
