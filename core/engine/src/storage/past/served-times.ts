import type { JournalLine } from "./journal-lines.js";

/** A state that a daemon served at a time. */
export interface ServedState {
  readonly revision: string;
  readonly daemon: string;
  /** Epoch milliseconds. */
  readonly from: number;
}

/** Circumstances of a question for a time. */
export interface ServedQuestion {
  /** Name of this daemon. */
  readonly own: string;
  /** Its run that goes on. */
  readonly run: string;
  /** Runs that have not told their end, with when each was last alive. */
  readonly alive: ReadonlyMap<string, number>;
  /** Times before are not known. */
  readonly oldest: number;
}

interface Span extends ServedState {
  readonly run: string;
  /** Undefined: it is served still, as far as its run goes. */
  to: number | undefined;
}

interface Run {
  readonly daemon: string;
  /** Time of its latest line. */
  last: number;
  /** Undefined: it has not told. */
  end: number | undefined;
}

/** A journal as times are looked up in it. */
export class ServedTimes {
  readonly #runs = new Map<string, Run>();
  /** By environment, in the order of the journal. */
  readonly #spans = new Map<string, Span[]>();
  /** The last span of each environment in each run. */
  readonly #open = new Map<string, Span>();

  add(line: JournalLine): void {
    if ("start" in line) this.#runs.set(line.run, { daemon: line.daemon, last: line.start, end: undefined });
    else if ("stop" in line) this.#end(line.run, line.stop);
    else if ("gone" in line) this.#close(line.run, line.environment, line.gone);
    else {
      this.#close(line.run, line.environment, line.from);
      const { run, environment, revision, from } = line;
      const known = this.#runs.get(run);
      const span: Span = { run, revision, from, daemon: known?.daemon ?? "", to: undefined };
      const spans = this.#spans.get(environment) ?? [];
      this.#spans.set(environment, spans);
      spans.push(span);
      this.#open.set(keyOf(run, environment), span);
      if (known === undefined) return;
      known.last = from;
      // It was taken for dead, and goes on.
      known.end = undefined;
    }
  }

  /** Runs that have not told their end. */
  get unended(): readonly string[] {
    return [...this.#runs].flatMap(([run, { end }]) => (end === undefined ? [run] : []));
  }

  /**
   * The state that was served then: by this daemon, where it served, else by another that keeps the journal. Where the
   * clock was set back a time may have been twice: the later counts.
   */
  at(
    environment: string,
    timeMs: number,
    { own, run: present, alive, oldest }: ServedQuestion,
  ): ServedState | undefined {
    if (timeMs < oldest) return undefined;
    const spans = this.#spans.get(environment) ?? [];
    const endOf = ({ run }: Span): number => {
      if (run === present) return Number.POSITIVE_INFINITY;
      const { end, last = 0 } = this.#runs.get(run) ?? {};
      // Of others that go on it is known until they were last alive.
      return end ?? alive.get(run) ?? last;
    };
    const isThen = (span: Span): boolean => span.from <= timeMs && timeMs < (span.to ?? endOf(span));
    return spans.findLast((span) => span.daemon === own && isThen(span)) ?? spans.findLast(isThen);
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
