import { useEffect } from "react";

/** Its number changes with the shape of what is kept. */
const PREFIX = "vexil.draft.1 ";
const MOST_CHARACTERS = 500_000;

/** Name under which the draft of an item is kept. */
export const draftName = (...parts: readonly string[]): string => PREFIX + JSON.stringify(parts);

/** Name under which the commit message of a draft is kept; it goes with the draft. */
export const messageName = (draft: string): string => `${draft} message`;

/** The draft of before: until it is saved or thrown away it outlives a login, a reload and a crash of the page. */
export function keptDraft<T>(name: string): T | undefined {
  try {
    const text = sessionStorage.getItem(name);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

/** Keeps a draft as long as the tab is open; undefined: there is none. Give it the same object while nothing changes. */
export function useKeepDraft(name: string, draft: object | string | undefined): void {
  useEffect(() => {
    if (draft === undefined) return forgetDraft(name);
    const text = JSON.stringify(draft);
    try {
      if (text.length <= MOST_CHARACTERS) sessionStorage.setItem(name, text);
    } catch {
      // The browser has no room left, or lets nothing be kept: the form has it nevertheless.
    }
  }, [name, draft]);
}

export function forgetDraft(name: string): void {
  sessionStorage.removeItem(name);
  sessionStorage.removeItem(messageName(name));
}

/** For a logout: whoever comes next is somebody else. */
export function forgetDrafts(): void {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) forgetDraft(name);
}
