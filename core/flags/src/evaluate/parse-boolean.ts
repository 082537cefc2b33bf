const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((text): [string, boolean] => [text, true]),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text): [string, boolean] => [text, false]),
]);

/** Booleans in contexts, as Go's strconv.ParseBool reads them; undefined: none. */
export function parseBoolean(text: string): boolean | undefined {
  return BOOLEANS.get(text);
}
