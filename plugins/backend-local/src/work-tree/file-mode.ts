// Modes as git's index holds them: of trees, `modeOf` gives them.
export const FILE = 0o100644;
export const EXECUTABLE = 0o100755;
export const LINK = 0o120000;
export const SUBMODULE = 0o160000;

const NUMBERS: ReadonlyMap<string, number> = new Map(
  [FILE, EXECUTABLE, LINK, SUBMODULE].map((mode) => [mode.toString(8), mode]),
);

/** The mode of a tree's entry as a number. */
export function modeOf(entry: { readonly mode: string }): number {
  return NUMBERS.get(entry.mode) ?? Number.parseInt(entry.mode, 8);
}
