/** A change of one item as `/history` answers it. */
export interface ShownChange {
  readonly namespaceKey: string;
  readonly typeUrl: string;
  readonly key: string;
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

const MOST = 60;

/** Lines for people: what was created, deleted, or changed field by field. */
export function describeChange({ namespaceKey, typeUrl, key, before, after }: ShownChange): readonly string[] {
  const type = typeUrl.slice(typeUrl.lastIndexOf(".") + 1).toLowerCase();
  const name = type === "namespace" ? `namespace ${namespaceKey}` : `${type} ${namespaceKey}/${key}`;
  if (before === undefined) return [`+ ${name}`];
  if (after === undefined) return [`- ${name}`];
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
  return [`~ ${name}`, ...fields.map((field) => `    ${field}: ${short(before[field])} → ${short(after[field])}`)];
}

function short(value: unknown): string {
  if (value === undefined) return "(none)";
  const text = JSON.stringify(value);
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}
