import { useMemo, useState } from "react";
import type { Base } from "./base.js";
import { forgetDraft, keptDraft, useKeepDraft } from "./kept-draft.js";
import { isSame } from "./same.js";

/** How an item of a type is typed. */
export interface Typing<T, D> {
  readonly draftOf: (value: T) => D;
  /** A draft that was kept: its items get ids that no others have. */
  readonly draftAgain: (draft: D) => D;
  /** The item that a draft is to become; undefined while nobody can tell. @param before has what no draft tells */
  readonly itemOf: (draft: D, before: T) => T | undefined;
}

/** An edit that goes on. */
export interface Edit<T, D> {
  /** Under which its draft is kept. */
  readonly name: string;
  /** The item that it is upon; without a value it makes one. */
  readonly base: Base<T>;
  readonly draft: D;
  /** The item that is to be saved; undefined while nobody can tell. */
  readonly value: T | undefined;
  /** There was no item when it began. */
  readonly isNew: boolean;
  readonly isTouched: boolean;
  /** It holds what was typed before the page was left. */
  readonly isKept: boolean;
  readonly change: (next: (before: D) => D) => void;
  /** Goes on upon another state, and with what was joined. */
  readonly rebase: (base: Base<T>, merged: T | undefined) => void;
  readonly discard: () => void;
  /** It is over: nothing of it is kept. */
  readonly forget: () => void;
}

/**
 * Edits what an item was when editing began, and keeps what is typed while the tab is open.
 * @param name under which it is kept
 * @param start the item, and `blank` what it is made of where there is none
 */
export function useEdit<T, D>(
  name: string,
  { start, blank }: { readonly start: Base<T>; readonly blank: T },
  { draftOf, draftAgain, itemOf }: Typing<T, D>,
): Edit<T, D> {
  const [kept, setKept] = useState(() => keptDraft<{ readonly base: Base<T>; readonly draft: D }>(name));
  const [base, setBase] = useState(kept?.base ?? start);
  const [draft, setDraft] = useState(() => (kept ? draftAgain(kept.draft) : draftOf(start.value ?? blank)));
  const [isNew] = useState(start.value === undefined);
  const origin = base.value ?? blank;
  const value = useMemo(() => itemOf(draft, origin), [itemOf, draft, origin]);
  const untouched = useMemo(() => itemOf(draftOf(origin), origin), [itemOf, draftOf, origin]);
  const isLost = !isNew && base.value === undefined;
  const isTouched = isLost || value === undefined || !isSame(value, untouched);
  useKeepDraft(
    name,
    useMemo(() => (isTouched ? { base, draft } : undefined), [isTouched, base, draft]),
  );
  const rebase = (next: Base<T>, merged: T | undefined): void => {
    setBase(next);
    if (merged) setDraft(draftOf(merged));
  };
  const discard = (): void => {
    setKept(undefined);
    rebase(start, start.value ?? blank);
  };
  const forget = (): void => forgetDraft(name);
  return {
    name,
    base,
    draft,
    value,
    isNew,
    isTouched,
    isKept: kept !== undefined,
    change: setDraft,
    rebase,
    discard,
    forget,
  };
}
