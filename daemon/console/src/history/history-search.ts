/** Scope of a history and revisions that are compared, as the address has them. */
export interface HistorySearch {
  readonly flag?: string;
  readonly segment?: string;
  /** The environment with all its namespaces. */
  readonly all?: true;
  /** Revisions that are compared; a head that is absent is what is served. */
  readonly base?: string;
  readonly head?: string;
  readonly view?: "text";
  /** Revision that is gone back to, as soon as whoever looks at what that changes says so. */
  readonly back?: string;
}

const TEXTS = ["flag", "segment", "base", "head", "back"] as const;

export function readHistorySearch(search: Record<string, unknown>): HistorySearch {
  const texts = TEXTS.flatMap((name) => (search[name] === undefined ? [] : [[name, String(search[name])] as const]));
  return {
    ...Object.fromEntries(texts),
    ...(search.all === true ? { all: true as const } : {}),
    ...(search.view === "text" ? { view: "text" as const } : {}),
  };
}
