import { distance } from "fastest-levenshtein";

const SHOWN = 10;

/** Names for a message, bounded: those that are most like `wanted` first. */
export function nearNames(wanted: string, names: readonly string[]): string {
  const near = names.map((name) => ({ name, far: distance(wanted.toLowerCase(), name.toLowerCase()) }));
  near.sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1));
  const shown = near.slice(0, SHOWN).map(({ name }) => name);
  return names.length > SHOWN ? `${shown.join(", ")} and ${names.length - SHOWN} more` : shown.join(", ");
}
