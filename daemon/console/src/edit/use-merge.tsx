import { type ReactNode, useMemo, useState } from "react";
import { Diff } from "../ui/diff.js";
import { type MergeForm, mergeParts } from "./merge.js";
import { MergeChoices } from "./merge-choices.js";

interface Joined<T> {
  readonly result: T;
  /** Both sides, and the choice between them. */
  readonly view: ReactNode;
}

/** Joins an edit with what somebody else has made of its beginning; while there is no such value, it is as it is. */
export function useMerge<T>(form: MergeForm<T>, base: T | undefined, mine: T, theirs: T | undefined): Joined<T> {
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  const isMine = (id: string): boolean => choices.get(id) ?? true;
  const merge = useMemo(
    () => (theirs === undefined ? undefined : mergeParts(form, base, mine, theirs)),
    [form, base, mine, theirs],
  );
  if (merge === undefined) return { result: mine, view: null };
  const view = (
    <>
      <h3>What they changed</h3>
      <Diff before={base} after={theirs} label="What they changed" />
      <h3>Merge</h3>
      <MergeChoices
        conflicts={merge.conflicts}
        isMine={isMine}
        onChoose={(id, own) => setChoices(new Map(choices).set(id, own))}
      />
    </>
  );
  return { result: merge.merged(isMine), view };
}
