import type { AnalyticsConfig } from "@vexil/config/config";
import type { Clock } from "@vexil/engine/model/clock";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { Subscription } from "rxjs";
import type { EvaluationCount } from "./evaluation-count.js";
import { dayOf, hourOf } from "./hour-counts.js";
import { NotedFlags } from "./noted-flags.js";
import { OwnHours } from "./own-hours.js";
import { ReceivedHours } from "./received-hours.js";
import { Retention } from "./retention.js";
import { type FlagPlace, type FlagUsage, UsageBook } from "./usage-book.js";
import { hourNamed, newHourName, UsageFiles } from "./usage-files.js";
import type { UsageReader } from "./usage-reader.js";
import type { UsageRow } from "./usage-rows.js";

/** How often what was counted is collected. */
export const COLLECT_MS = 2_000;

/** Hours before a start that are reported again. */
const REPORTED_HOURS = 48;

export interface UsageParts {
  /** Undefined: nothing is counted. Asked for each time. */
  readonly config: () => AnalyticsConfig | undefined;
  readonly snapshots: SnapshotReader;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where counts are kept; undefined: in memory. */
  readonly directory: string | undefined;
  /** Told of each hour that another daemon is to know of, as a whole, whenever it has grown. */
  readonly report?: (name: string, rows: readonly UsageRow[]) => void;
}

/**
 * Counts evaluations of flags by hours, in memory and on the disk. What cannot be written waits, and nothing else waits
 * for it: a disk that is full costs counts at most.
 */
export class UsageKeeper implements UsageReader {
  readonly #parts: UsageParts;
  readonly #book = new UsageBook(() => logEvent(this.#parts.logger, "usage.full", {}));
  readonly #files: UsageFiles | undefined;
  readonly #own: OwnHours;
  readonly #received: ReceivedHours;
  readonly #sources = new Set<() => readonly EvaluationCount[]>();
  readonly #retention: Retention;
  #changes: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #loaded: Promise<void> = Promise.resolve();
  #writing: Promise<void> = Promise.resolve();
  #writtenAt: number;
  /** Environments whose flags may be others than those that are known. */
  readonly #changed = new Set<string>();
  /** The day on which all flags were noted. */
  #day: number | undefined;
  /** Flags that files from before the start name. */
  readonly #noted = new NotedFlags();
  #isUnkept = false;

  constructor(parts: UsageParts) {
    this.#parts = parts;
    this.#files = parts.directory === undefined ? undefined : new UsageFiles(parts.directory);
    this.#own = new OwnHours({
      newName: newHourName,
      write: async (name, rows) => {
        await this.#files?.write(name, rows);
        parts.report?.(name, rows);
      },
    });
    this.#received = new ReceivedHours(this.#files);
    this.#retention = new Retention(parts.clock);
    this.#writtenAt = parts.clock.elapsed();
  }

  get isCounting(): boolean {
    return this.#parts.config()?.counts === true;
  }

  get isFull(): boolean {
    return this.#book.isFull;
  }

  get now(): number {
    return this.#parts.clock.now();
  }

  get oldest(): number {
    return this.now - (this.#parts.config()?.retentionMs ?? 0);
  }

  /** Begins to count. What was kept is read meanwhile. */
  start(): void {
    this.#changes = this.#parts.snapshots.changes$.subscribe(({ environment }) => this.#changed.add(environment));
    if (this.isCounting) this.#loaded = this.#load();
    this.#timer = setInterval(() => void this.tick(), COLLECT_MS).unref();
  }

  /** Has counts collected from there, too. */
  follow(source: () => readonly EvaluationCount[]): void {
    this.#sources.add(source);
  }

  /** Takes what another process has counted. */
  readonly take = (counts: readonly EvaluationCount[]): void => {
    if (!this.isCounting) return;
    const { now } = this;
    const hour = hourOf(now);
    for (const count of counts) {
      const [environment, namespace, flag] = count;
      this.#book.see([environment, namespace, flag], now, now);
      if (this.#book.add(count, hour)) this.#own.add(count, hour, now);
    }
  };

  /**
   * Takes an hour that another daemon has counted, as a whole; what is taken already counts once.
   * @returns whether it counts: one that is too old does not, nor one to come
   * @throws what keeps it from being kept
   */
  async receive(name: string, rows: readonly UsageRow[]): Promise<boolean> {
    const hour = hourNamed(name);
    if (!this.isCounting || hour === undefined) return false;
    if (hour < hourOf(this.oldest) || hour > hourOf(this.now) + 1) return false;
    await this.#loaded;
    const received = await this.#received.receive(name, rows);
    for (const { place, first, last } of received.rows) this.#book.see(place, first, last);
    for (const count of received.fresh) this.#book.add(count, hour);
    this.#parts.report?.(name, received.rows);
    return true;
  }

  of(place: FlagPlace): FlagUsage | undefined {
    return this.#book.get(place);
  }

  async settle(): Promise<void> {
    await this.#loaded;
    this.#collect();
  }

  /** Collects, and writes when it is time to. */
  async tick(): Promise<void> {
    this.#collect();
    const { clock, config } = this.#parts;
    if (clock.elapsed() - this.#writtenAt >= (config()?.flushMs ?? Number.POSITIVE_INFINITY)) await this.flush();
    if (!this.isCounting || !this.#retention.isDue()) return;
    await this.#loaded;
    const hour = hourOf(this.oldest);
    this.#book.forgetBefore(hour, (place) => this.#exists(place));
    await this.#files?.removeBefore(hour, this.now).catch((error: unknown) => this.#tellUnkept(error));
  }

  /** Resolves when all so far is on the disk, or cannot be. */
  flush(): Promise<void> {
    this.#writtenAt = this.#parts.clock.elapsed();
    this.#writing = this.#writing.then(async () => {
      await this.#loaded;
      this.#collect();
      await this.#noteFlags();
      try {
        await this.#own.write(hourOf(this.now));
        this.#isUnkept = false;
      } catch (error) {
        this.#tellUnkept(error);
      }
    });
    return this.#writing;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#changes?.unsubscribe();
    if (this.#timer !== undefined && this.isCounting) await this.flush();
  }

  #collect(): void {
    for (const source of this.#sources) this.take(source());
  }

  /** Notes flags that are new, and once a day all of them: so it lasts since when they are known. */
  async #noteFlags(): Promise<void> {
    if (!this.isCounting) return;
    const { now } = this;
    const slice = new TimeSlice();
    const hour = hourOf(now);
    const day = dayOf(hour);
    const isNewDay = day !== this.#day;
    this.#day = day;
    const changed = new Set(this.#changed);
    this.#changed.clear();
    const seen: UsageRow[] = [];
    for (const { info, snapshot } of this.#parts.snapshots.all()) {
      if (!isNewDay && !changed.has(info.key)) continue;
      for (const [namespace, { flags }] of snapshot?.namespaces ?? []) {
        for (const flag of flags.keys()) {
          if (slice.due) await slice.next();
          const place = [info.key, namespace, flag] as const;
          if (this.#book.has(place) && (!isNewDay || this.#noted.has(place, day))) continue;
          this.#book.see(place, now);
          const { first = now, last } = this.#book.get(place) ?? {};
          seen.push({ place, first, last, answers: [] });
        }
      }
    }
    this.#noted.clear();
    this.#own.see(seen, hour);
  }

  async #load(): Promise<void> {
    const { logger } = this.#parts;
    const failed = (file: string, error: unknown): void =>
      logEvent(logger, "usage.unread", { file, reason: reasonOf(error) });
    const oldest = hourOf(this.oldest);
    const slice = new TimeSlice();
    await this.#files
      ?.read(async (hour, rows, name) => {
        // Whether it was reported before nobody knows any more; told twice it counts once.
        if (hour >= hourOf(this.now) - REPORTED_HOURS) this.#parts.report?.(name, rows);
        for (const { place, first, last, answers } of rows) {
          if (slice.due) await slice.next();
          this.#book.see(place, first, last);
          this.#noted.add(place, dayOf(hour));
          if (hour < oldest) continue;
          for (const [value, reason, count] of answers) this.#book.add([...place, value, reason, count], hour);
        }
      }, failed)
      .catch((error: unknown) => failed(this.#files?.directory ?? "", error));
  }

  #exists([environment, namespace, flag]: FlagPlace): boolean {
    return this.#parts.snapshots.get(environment)?.snapshot?.namespaces.get(namespace)?.flags.has(flag) === true;
  }

  #tellUnkept(error: unknown): void {
    // Once, until it works again: each write would fail in the same way.
    if (this.#isUnkept) return;
    this.#isUnkept = true;
    logEvent(this.#parts.logger, "usage.unkept", { file: this.#parts.directory, reason: reasonOf(error) });
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
