import { joinLists } from "./merge-lists.js";
import { isSame } from "./same.js";

/** A piece of a value that is taken as a whole from one side or the other. */
export interface Part {
  /** The same on all sides: a field's name, or that and an item's: `variants dark`. */
  readonly id: string;
  readonly words: string;
  readonly value: unknown;
}

/** Parts of one kind, in their order. */
export type PartGroup = readonly Part[];

/** How values of a type are taken apart and put together. */
export interface MergeForm<T> {
  /** Always as many groups, in the same order. */
  readonly split: (value: T) => readonly PartGroup[];
  /** @param onto has what no part tells: its key */
  readonly join: (groups: readonly PartGroup[], onto: T) => T;
}

/** A part that both sides have changed, each in another way. */
export interface MergeConflict {
  readonly id: string;
  readonly words: string;
  /** Undefined where it was removed. */
  readonly mine: unknown;
  readonly theirs: unknown;
}

export interface Merge<T> {
  /** Somebody has to choose. */
  readonly conflicts: readonly MergeConflict[];
  /** @param isMine says for each conflict whose side is taken */
  readonly merged: (isMine: (id: string) => boolean) => T;
}

interface Sides {
  readonly old: PartGroup;
  readonly own: PartGroup;
  readonly other: PartGroup;
}

/** Joins two edits of a value, part by part. @param base is undefined where both have made it anew */
export function mergeParts<T>(form: MergeForm<T>, base: T | undefined, mine: T, theirs: T): Merge<T> {
  const [old, others] = [base === undefined ? [] : form.split(base), form.split(theirs)];
  const groups = form
    .split(mine)
    .map((own, index): Sides => ({ old: old[index] ?? [], own, other: others[index] ?? [] }));
  const conflicts = groups.flatMap((sides) =>
    idsOf(sides.own, sides.other).flatMap((id): MergeConflict[] => {
      const [own, other] = [find(sides.own, id), find(sides.other, id)];
      if (decided(sides, id)) return [];
      return [{ id, words: (own ?? other)?.words ?? id, mine: own?.value, theirs: other?.value }];
    }),
  );
  const merged = (isMine: (id: string) => boolean): T =>
    form.join(
      groups.map((sides) => {
        const { old: before, own, other } = sides;
        // Whoever has changed their order, or what is in it, leads.
        const order = isSame(idsOf(own), idsOf(before)) ? idsOf(other, own) : idsOf(own, other);
        return order.flatMap((id): PartGroup => {
          const { part } = decided(sides, id) ?? { part: find(isMine(id) ? own : other, id) };
          return part ? [part] : [];
        });
      }),
      theirs,
    );
  return { conflicts, merged };
}

/** The part that counts, without a value where it is removed: that of who has changed it. Undefined: one has to choose. */
function decided({ old, own, other }: Sides, id: string): { readonly part: Part | undefined } | undefined {
  const [before, mine, theirs] = [find(old, id), find(own, id), find(other, id)];
  if (isSame(mine?.value, theirs?.value) || isSame(mine?.value, before?.value)) return { part: theirs };
  if (isSame(theirs?.value, before?.value)) return { part: mine };
  const value = joinLists(before?.value, mine?.value, theirs?.value);
  return mine && value ? { part: { ...mine, value } } : undefined;
}

const find = (parts: PartGroup, id: string): Part | undefined => parts.find((part) => part.id === id);
const idsOf = (...sides: readonly PartGroup[]): readonly string[] => [
  ...new Set(sides.flatMap((side) => side.map(({ id }) => id))),
];

/** Parts of fields that have a value, each as it is named to people. */
export function fieldParts<T extends object>(value: T, words: Readonly<Partial<Record<keyof T, string>>>): PartGroup {
  return (Object.entries(words) as [keyof T & string, string][]).flatMap(([id, name]) =>
    value[id] === undefined ? [] : [{ id, words: name, value: value[id] }],
  );
}

/** Fields that parts were made of. */
export function fieldsOf(parts: PartGroup): object {
  return Object.fromEntries(parts.map(({ id, value }) => [id, value]));
}
