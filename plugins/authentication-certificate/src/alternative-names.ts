/** Alternative names of a certificate, by kind. */
export interface AlternativeNames {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
  readonly ip: readonly string[];
}

const KINDS: Readonly<Record<string, keyof AlternativeNames>> = {
  DNS: "dns",
  email: "email",
  URI: "uri",
  "IP Address": "ip",
};

/** A kind and its name; what could be taken for something else stands in quotes, as JSON. */
const ENTRY = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/**
 * Reads the engine's text of the alternative names.
 * @returns undefined for a text that cannot be read without doubt
 */
export function alternativeNames(text: string): AlternativeNames | undefined {
  const names = { dns: [], email: [], uri: [], ip: [] } satisfies Record<keyof AlternativeNames, string[]>;
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < text.length) {
    const match = ENTRY.exec(text);
    if (match === null) return undefined;
    const [, kind = "", value = ""] = match;
    const list: string[] | undefined = Object.hasOwn(KINDS, kind)
      ? names[KINDS[kind] as keyof AlternativeNames]
      : undefined;
    list?.push(value.startsWith('"') ? String(JSON.parse(value)) : value);
  }
  return names;
}
