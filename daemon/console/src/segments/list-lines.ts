/** Values of a list as lines to be edited; a text that is no such list stays what it is. */
export function linesOf(value: string): string {
  try {
    const list: unknown = JSON.parse(value);
    if (!Array.isArray(list)) return value;
    return list.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n");
  } catch {
    return value;
  }
}

/** Lines as they are kept: a JSON list; empty lines count nothing. */
export function listOf(lines: string, type: string): string {
  const values = valuesOf(lines);
  return JSON.stringify(type === "NUMBER_COMPARISON_TYPE" ? values.map(Number) : values);
}

export const valuesOf = (lines: string): readonly string[] => lines.split("\n").filter((line) => line.trim() !== "");
