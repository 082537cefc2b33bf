/**
 * Why a process has not parsed a file: it took longer than a file may (`budget`), or than its storage had left in this
 * round (`round`), its process crashed (`crash`), or something else ended the process (`outside`).
 */
export type ParseFailureKind = "budget" | "round" | "crash" | "outside" | "closed";

/** A file that was not parsed, whatever is in it. */
export class ParseFailure extends Error {
  readonly kind: ParseFailureKind;
  /** Processor time that was spent on it. */
  readonly tookMs: number;

  constructor(kind: ParseFailureKind, reason: string, tookMs = 0) {
    super(reason);
    this.kind = kind;
    this.tookMs = tookMs;
  }

  /** True if another try may go better. */
  get mayPass(): boolean {
    return this.kind === "round" || this.kind === "outside";
  }
}
