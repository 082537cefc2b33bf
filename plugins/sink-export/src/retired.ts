import { rm } from "node:fs/promises";
import { namesIn } from "./durable.js";
import type { ExportIndex, Retirement } from "./export-index.js";
import type { Places } from "./places.js";

export interface Keeping {
  readonly most: number;
  readonly forMs: number;
}

/** Names of all that an index leads to. */
export function namedBy({ environments }: ExportIndex): ReadonlySet<string> {
  const names = Object.values(environments).flatMap(({ tree, namespaces }) => [
    tree,
    ...Object.values(namespaces).map(({ file }) => file),
  ]);
  return new Set(names);
}

/** Names of all that lies there. */
export async function storedNames(places: Places): Promise<readonly string[]> {
  const [snapshots, trees] = await Promise.all([namesIn(places.snapshots), namesIn(places.trees)]);
  return [...snapshots.map((name) => `snapshots/${name}`), ...trees.map((name) => `trees/${name}`)];
}

/** Of what is stored and not named by an index: since when each is not. */
export function retire(
  known: Retirement["retired"],
  stored: Iterable<string>,
  index: ExportIndex,
  now: number,
): Retirement["retired"] {
  const named = namedBy(index);
  const unnamed = [...new Set(stored)].filter((name) => !named.has(name));
  return Object.fromEntries(unnamed.map((name) => [name, known[name] ?? now]));
}

/** Removes what is kept long enough, and the oldest of what is too much; what is left. */
export async function prune(
  places: Places,
  retired: Retirement["retired"],
  { most, forMs }: Keeping,
  now: number,
): Promise<Retirement["retired"]> {
  const sorted = Object.entries(retired).sort(([, a], [, b]) => b - a);
  const isKept = ([, since]: readonly [string, number], place: number): boolean => place < most && now - since < forMs;
  for (const [name] of sorted.filter((entry, place) => !isKept(entry, place))) {
    await rm(places.of(name), { recursive: true, force: true });
  }
  return Object.fromEntries(sorted.filter(isKept));
}
