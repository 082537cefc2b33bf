import { changedParts } from "./changed-parts.js";

/** A change of one item as `/history` answers it. */
export interface ShownChange {
  readonly namespaceKey: string;
  readonly typeUrl: string;
  readonly key: string;
  readonly before?: Readonly<Record<string, unknown>> | undefined;
  readonly after?: Readonly<Record<string, unknown>> | undefined;
}

/** Characters of a value on one line. */
const MOST = 60;
/** Of what is the same before the difference. */
const LEAD = 20;

/** Lines for users: what was created, deleted, or changed part by part. */
export function describeChange({ namespaceKey, typeUrl, key, before, after }: ShownChange): readonly string[] {
  const type = typeUrl.slice(typeUrl.lastIndexOf(".") + 1).toLowerCase();
  const name = type === "namespace" ? `namespace ${namespaceKey}` : `${type} ${namespaceKey}/${key}`;
  if (before === undefined) return [`+ ${name}`];
  if (after === undefined) return [`- ${name}`];
  const lines = changedParts(before, after).map((part) => {
    const [was, is] = [textOf(part.before), textOf(part.after)];
    const from = firstDifference(was, is);
    return `    ${part.path}: ${short(was, from)} → ${short(is, from)}`;
  });
  return [`~ ${name}`, ...lines];
}

function textOf(value: unknown): string {
  return value === undefined ? "(none)" : JSON.stringify(value);
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

/** At most so much of a text that its first difference is seen. */
function short(text: string, difference: number): string {
  if (text.length <= MOST) return text;
  const start = difference < MOST - LEAD ? 0 : difference - LEAD;
  const part = text.slice(start, start + MOST);
  return `${start > 0 ? "…" : ""}${part}${start + MOST < text.length ? "…" : ""}`;
}
