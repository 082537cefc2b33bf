/**
 * `lost`: it could not be carried over. `changed`: it was, but some get another answer than before, as the reason says.
 * `assumed`: it was, as long as contexts are what the reason says.
 */
export type NoticeKind = "lost" | "changed" | "assumed";

/** Something that is not the same as it was. */
export interface Notice {
  readonly kind: NoticeKind;
  /** Where it stands in the source: `flags.banner.targeting`. */
  readonly where: string;
  readonly what: string;
  readonly why: string;
  /** The way it was dealt with instead. */
  readonly done: string;
}

/** Collects notices while a source is read. */
export class Report {
  readonly #notices = new Map<string, Notice>();

  /** One that says the same as another counts once. */
  add(notice: Notice): void {
    const { kind, where, what, why, done } = notice;
    this.#notices.set(JSON.stringify([kind, where, what, why, done]), notice);
  }

  /** In the order of their kinds, and within a kind of the source. */
  get notices(): readonly Notice[] {
    return (["lost", "changed", "assumed"] as const).flatMap((kind) =>
      [...this.#notices.values()].filter((notice) => notice.kind === kind),
    );
  }

  get isLossless(): boolean {
    return [...this.#notices.values()].every(({ kind }) => kind !== "lost");
  }
}
