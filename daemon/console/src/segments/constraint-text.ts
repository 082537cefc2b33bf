import type { Constraint } from "../api/types.js";
import { valueKind } from "./constraint-kinds.js";

/** The value that a constraint compares with; a list without the signs of JSON. */
export function shownValue({ type, operator, value }: Constraint): string {
  const kind = valueKind(type, operator);
  if (kind === "none") return "";
  if (kind !== "list") return value;
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list)
      ? list.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", ")
      : value;
  } catch {
    return value;
  }
}
