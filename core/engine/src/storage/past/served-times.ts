import type { JournalLine } from "./journal-lines.js";

/** A state that a daemon served at a time. */
export interface ServedState {
  readonly revision: string;
  readonly daemon: string;
  /** Epoch milliseconds. */
  readonly from: number;
}

interface Span extends ServedState {
  readonly run: string;
  /** Undefined: it is served still, as far as its run goes. */
  to: number | undefined;
}

/** A journal as times are looked up in it. */
export class ServedTimes {
  readonly #runs = new Map<string, { readonly daemon: string; end: number | undefined }>();
  /** By environment, in the order of the journal. */
  readonly #spans = new Map<string, Span[]>();
  /** The last span of each environment in each run. */
  readonly #open = new Map<string, Span>();

  add(line: JournalLine): void {
    if ("start" in line) this.#begin(line);
    else if ("stop" in line) this.#end(line.run, line.stop);
    else if ("gone" in line) this.#close(line.run, line.environment, line.gone);
    else {
      this.#close(line.run, line.environment, line.from);
      const { run, environment, revision, from } = line;
      const span: Span = { run, revision, from, daemon: this.#runs.get(run)?.daemon ?? "", to: undefined };
      const spans = this.#spans.get(environment) ?? [];
      this.#spans.set(environment, spans);
      spans.push(span);
      this.#open.set(keyOf(run, environment), span);
    }
  }

  /**
   * The state that was served then. Where the clock was set back a time may have been twice: the later counts.
   * @param oldest times before are not known
   */
  at(environment: string, timeMs: number, oldest: number): ServedState | undefined {
    if (timeMs < oldest) return undefined;
    return this.#spans.get(environment)?.findLast(({ from, to, run }) => {
      const end = to ?? this.#runs.get(run)?.end ?? Number.POSITIVE_INFINITY;
      return from <= timeMs && timeMs < end;
    });
  }

  /** A run that has not told its end has ended when another daemon begins: it was last known to live before. */
  #begin({ run, daemon, start, lastAlive }: Extract<JournalLine, { start: number }>): void {
    for (const [id, known] of this.#runs) {
      if (known.end === undefined && known.daemon !== daemon) this.#end(id, Math.min(lastAlive ?? start, start));
    }
    this.#runs.set(run, { daemon, end: undefined });
  }

  #end(run: string, end: number): void {
    const known = this.#runs.get(run);
    if (known !== undefined) known.end ??= end;
  }

  #close(run: string, environment: string, at: number): void {
    const span = this.#open.get(keyOf(run, environment));
    if (span !== undefined) span.to ??= at;
    this.#open.delete(keyOf(run, environment));
  }
}

const keyOf = (run: string, environment: string): string => `${run}\0${environment}`;
