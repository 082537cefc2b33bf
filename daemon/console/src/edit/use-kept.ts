import { useMemo, useState } from "react";
import { forgetDraft, keptDraft, useKeepDraft } from "./kept-draft.js";
import { isSame } from "./same.js";

/** Input of a dialog, as it is being typed. */
export interface Kept<T> {
  readonly value: T;
  /** It holds what was typed when it was open before. */
  readonly isKept: boolean;
  readonly change: (value: T) => void;
  /** Begins again with what it began with at first. */
  readonly discard: () => void;
  /** It has done its work: nothing of it is kept. */
  readonly forget: () => void;
}

/**
 * Keeps what is typed, however it is left (Escape, Back, a login), until it is opened again or has done its work.
 * @param name under which it is kept, made by `draftName`
 * @param blank nothing is typed
 */
export function useKept<T extends object | string>(name: string, blank: T): Kept<T> {
  const [kept, setKept] = useState(() => keptDraft<T>(name));
  // What there is may change meanwhile.
  const [first] = useState(blank);
  const [value, change] = useState(kept ?? first);
  const isTyped = !isSame(value, first);
  useKeepDraft(
    name,
    useMemo(() => (isTyped ? value : undefined), [isTyped, value]),
  );
  const discard = (): void => {
    setKept(undefined);
    change(first);
  };
  return { value, isKept: kept !== undefined, change, discard, forget: () => forgetDraft(name) };
}
