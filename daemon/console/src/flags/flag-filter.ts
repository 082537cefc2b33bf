import type { FlagFacts } from "../api/flag-facts.js";
import type { Flag } from "../api/types.js";

/** Selection and order of a list of flags; they stand in the address. */
export interface FlagFilter {
  /** Words that key, name or description have. */
  readonly q?: string;
  readonly type?: "boolean" | "variant";
  readonly state?: "on" | "off";
  /** Of metadata, `key=value`. */
  readonly tag?: string;
  readonly owner?: string;
  /** File order unless told. */
  readonly sort?: "key" | "name" | "state" | "changed" | "evaluations";
}

/** Reads the address; what it cannot read counts as not there. */
export function readFilter(search: Record<string, unknown>): FlagFilter {
  const text = (name: string): string | undefined => {
    const value = search[name];
    return value === undefined || value === "" ? undefined : String(value);
  };
  const one = <T extends string>(name: string, ...known: readonly T[]): T | undefined =>
    known.find((value) => value === search[name]);
  return {
    ...given("q", text("q")),
    ...given("type", one("type", "boolean", "variant")),
    ...given("state", one("state", "on", "off")),
    ...given("tag", text("tag")),
    ...given("owner", text("owner")),
    ...given("sort", one("sort", "key", "name", "state", "changed", "evaluations")),
  };
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V });
}

/** Metadata as words to choose from: each plain value, and each value of a list. */
export function tagsOf({ metadata = {} }: Flag): readonly string[] {
  return Object.entries(metadata).flatMap(([key, value]) => {
    if (key === "owner") return [];
    const values = Array.isArray(value) ? value : [value];
    return values.filter((one) => typeof one !== "object" || one === null).map((one) => `${key}=${String(one)}`);
  });
}

export function ownerOf({ metadata = {} }: Flag): string | undefined {
  const owner = metadata.owner;
  return typeof owner === "string" && owner !== "" ? owner : undefined;
}

/** Flags that a filter leaves, in its order. @param facts about them, as far as they are known */
export function filteredFlags(
  flags: readonly Flag[],
  filter: FlagFilter,
  facts: ReadonlyMap<string, FlagFacts> = new Map(),
): readonly Flag[] {
  const words = (filter.q ?? "")
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const type = filter.type && (filter.type === "boolean" ? "BOOLEAN_FLAG_TYPE" : "VARIANT_FLAG_TYPE");
  const found = flags.filter((flag) => {
    if (type !== undefined && flag.type !== type) return false;
    if (filter.state !== undefined && flag.enabled !== (filter.state === "on")) return false;
    if (filter.owner !== undefined && ownerOf(flag) !== filter.owner) return false;
    if (filter.tag !== undefined && !tagsOf(flag).includes(filter.tag)) return false;
    if (words.length === 0) return true;
    const own = `${flag.key}\n${flag.name}\n${flag.description}`.toLowerCase();
    return words.every((word) => own.includes(word));
  });
  const { compare } = new Intl.Collator("en", { numeric: true });
  if (filter.sort === "key") found.sort((a, b) => compare(a.key, b.key));
  if (filter.sort === "name") found.sort((a, b) => compare(a.name, b.name));
  if (filter.sort === "state") found.sort((a, b) => Number(b.enabled) - Number(a.enabled));
  const latest = ({ key }: Flag): string => facts.get(key)?.changed?.time ?? "";
  const count = ({ key }: Flag): number => facts.get(key)?.evaluations ?? -1;
  // Newest and most first; those of which nothing is known come last.
  if (filter.sort === "changed") found.sort((a, b) => (latest(a) < latest(b) ? 1 : latest(a) > latest(b) ? -1 : 0));
  if (filter.sort === "evaluations") found.sort((a, b) => count(b) - count(a));
  return found;
}
