import { isDeepStrictEqual } from "node:util";
import type { SinkFilterConfig } from "@vexil/config/config";
import type { SinkEvent } from "@vexil/plugin-api";

/**
 * Tells which events a sink gets. Names of environments and namespaces count for events that have them; `fields` for
 * changes of what was there before and is afterwards.
 */
export function eventFilter(wanted: SinkFilterConfig): (event: SinkEvent) => boolean {
  const { environments, namespaces, kinds, fields } = wanted;
  return (event) => {
    if (kinds !== undefined && !kinds.includes(event.kind)) {
      if (event.kind !== "change" || !kinds.includes(event.type)) return false;
    }
    if (event.kind === "storage") return true;
    if (!fits(environments, event.environment)) return false;
    if (event.kind === "gap") return true;
    if (!fits(namespaces, event.namespace)) return false;
    if (event.kind !== "change" || fields === undefined) return true;
    const { before, after } = event as { readonly before?: Item; readonly after?: Item };
    if (before === undefined || after === undefined) return true;
    return fields.some((field) => !isDeepStrictEqual(before[field], after[field]));
  };
}

/** Tells whether a name is one of those that are wanted; undefined: all are. */
export function fits(names: readonly string[] | undefined, name: string): boolean {
  return names === undefined || names.some((pattern) => fitsName(pattern, name));
}

type Item = Readonly<Record<string, unknown>>;

/** `*` stands for any text. Looks at each letter a few times at most, whatever the pattern. */
export function fitsName(pattern: string, name: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? "";
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
