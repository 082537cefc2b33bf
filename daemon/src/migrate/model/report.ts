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
  readonly #notices: Notice[] = [];

  add(notice: Notice): void {
    const isTold = this.#notices.some((told) => told.kind === notice.kind && sameText(told, notice));
    if (!isTold) this.#notices.push(notice);
  }

  /** In the order of their kinds, and within a kind of the source. */
  get notices(): readonly Notice[] {
    return (["lost", "changed", "assumed"] as const).flatMap((kind) =>
      this.#notices.filter((notice) => notice.kind === kind),
    );
  }

  get isLossless(): boolean {
    return this.#notices.every(({ kind }) => kind !== "lost");
  }
}

function sameText(one: Notice, other: Notice): boolean {
  return one.where === other.where && one.what === other.what && one.why === other.why && one.done === other.done;
}
