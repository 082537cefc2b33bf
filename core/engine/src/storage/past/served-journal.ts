import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { Subscription } from "rxjs";
import { token } from "../../di/token.js";
import type { Clock } from "../../model/clock.js";
import type { SnapshotReader } from "../../model/snapshot-reader.js";
import { AliveMarks } from "./alive-marks.js";
import { JournalFile } from "./journal-file.js";
import { type JournalLine, parseLines } from "./journal-lines.js";
import { type ServedState, ServedTimes } from "./served-times.js";

/** undefined: none is kept. */
export const JournalToken = token<ServedJournal | undefined>("storage/journal");

/** A journal that is kept says so this often, so that the end of a killed daemon is known. */
const ALIVE_MS = 10_000;
/** A daemon that has not said so for so long is dead. */
const DEAD_MS = 60_000;
/** A clock that is off by more was set. */
const JUMP_MS = 5_000;
const FILES_TOLD = 20;

/** Parts of a journal. */
export interface JournalParts {
  readonly storage: string;
  readonly path: string;
  readonly bytes: number;
  readonly retentionMs: number;
  /** Name by which answers know this daemon. */
  readonly daemon: string;
  readonly clock: Clock;
  readonly snapshots: SnapshotReader;
  /** Called with what keeps lines from being written. */
  readonly failed: (error: unknown) => void;
}

let runs = 0;

/**
 * A storage's account of what this daemon served and when: one line for each revision of an environment. It is written
 * beside everything else, and a torn or missing line costs no more than itself.
 */
export class ServedJournal {
  readonly #parts: JournalParts;
  readonly #file: JournalFile;
  readonly #marks: AliveMarks;
  readonly #run: string;
  readonly #serving = new Map<
    string,
    JournalLine & { readonly revision: string; readonly quarantined: readonly string[] }
  >();
  /** Runs of others whose end nobody knows. */
  readonly #lost = new Set<string>();
  #times: Promise<ServedTimes> | undefined;
  #changes: Subscription | undefined;
  #alive: NodeJS.Timeout | undefined;
  #living: Promise<void> | undefined;
  #begun: JournalLine | undefined;
  #clockAt: { readonly now: number; readonly elapsed: number };

  private constructor(parts: JournalParts) {
    this.#parts = parts;
    const { clock, path, bytes, failed } = parts;
    runs += 1;
    this.#run = `${parts.daemon}/${runs}/${clock.now()}`;
    this.#clockAt = { now: clock.now(), elapsed: clock.elapsed() };
    const head = (): readonly string[] =>
      [this.#begun, ...this.#serving.values()].flatMap((line) => (line === undefined ? [] : [JSON.stringify(line)]));
    this.#marks = new AliveMarks(path);
    this.#file = new JournalFile(path, bytes, head, failed);
  }

  static async open(parts: JournalParts): Promise<ServedJournal> {
    const journal = new ServedJournal(parts);
    await journal.#begin();
    return journal;
  }

  /** The state that a daemon served then, as far as the journal goes back. */
  async at(environment: string, timeMs: number): Promise<ServedState | undefined> {
    const { clock, daemon: own, retentionMs } = this.#parts;
    const oldest = clock.now() - retentionMs;
    const alive = await this.#marks.all();
    this.#times ??= this.#load();
    const isUntold = (run: string): boolean => run !== this.#run && !alive.has(run) && !this.#lost.has(run);
    if ((await this.#times).unended.some(isUntold)) {
      // Another daemon has told its end meanwhile, or never will.
      this.#times = this.#load();
      for (const run of (await this.#times).unended) if (isUntold(run)) this.#lost.add(run);
    }
    return (await this.#times).at(environment, timeMs, { own, run: this.#run, alive, oldest });
  }

  /** Says that this daemon is alive, and notes the end of those that have not said so any more. */
  async live(): Promise<void> {
    const now = this.#parts.clock.now();
    await this.#marks.touch(this.#run, now);
    for (const [run, lastMs] of await this.#marks.all()) {
      // A mark of the future is one of before the clock was set.
      if (run === this.#run || Math.abs(now - lastMs) < DEAD_MS) continue;
      this.#write({ run, stop: Math.min(lastMs, now) });
      await this.#marks.remove(run);
    }
    await this.#file.flush();
  }

  async close(): Promise<void> {
    clearInterval(this.#alive);
    this.#changes?.unsubscribe();
    await this.#living;
    this.#write({ run: this.#run, stop: this.#parts.clock.now() });
    await this.#file.close();
    await this.#marks.remove(this.#run);
  }

  async #begin(): Promise<void> {
    const { clock, daemon, snapshots, storage, path, failed } = this.#parts;
    // Only now, while the storage is there.
    await mkdir(dirname(path), { recursive: true }).catch(failed);
    await this.live();
    this.#begun = { run: this.#run, daemon, start: clock.now() };
    this.#write(this.#begun);
    for (const { info, snapshot } of snapshots.all()) {
      if (info.storage === storage && snapshot !== undefined) this.#serve(info.key, snapshot);
    }
    this.#changes = snapshots.changes$.subscribe((change) => {
      if (change.type === "removed") this.#gone(change.environment);
      else if (snapshots.get(change.environment)?.info.storage === storage) {
        this.#serve(change.environment, change.snapshot);
      }
    });
    this.#alive = setInterval(() => {
      this.#living = this.live();
    }, ALIVE_MS).unref();
  }

  #serve(environment: string, { revision, quarantined }: Snapshot): void {
    const files = [...new Set(quarantined.map(({ file }) => file))].slice(0, FILES_TOLD);
    const last = this.#serving.get(environment);
    if (last?.revision === revision && last.quarantined.join("\n") === files.join("\n")) return;
    const isSet = this.#isClockSet();
    const line = { run: this.#run, environment, revision, from: this.#clockAt.now, quarantined: files };
    const marked = isSet ? { ...line, break: true as const } : line;
    this.#serving.set(environment, marked);
    this.#write(marked);
  }

  #gone(environment: string): void {
    if (!this.#serving.delete(environment)) return;
    this.#write({ run: this.#run, environment, gone: this.#parts.clock.now() });
  }

  #isClockSet(): boolean {
    const { clock } = this.#parts;
    const before = this.#clockAt;
    this.#clockAt = { now: clock.now(), elapsed: clock.elapsed() };
    const passed = this.#clockAt.elapsed - before.elapsed;
    return Math.abs(this.#clockAt.now - before.now - passed) > JUMP_MS;
  }

  #write(line: JournalLine): void {
    this.#file.append(JSON.stringify(line));
    this.#times = this.#times?.then((times) => {
      times.add(line);
      return times;
    });
  }

  async #load(): Promise<ServedTimes> {
    const times = new ServedTimes();
    for (const line of parseLines(await this.#file.read())) times.add(line);
    return times;
  }
}
