import { FairTurns } from "./fair-turns.js";
import type { SourceFile } from "./file-parser.js";
import { GivenUpFiles } from "./given-up-files.js";
import { ParseBudget } from "./parse-budget.js";
import { ParseFailure } from "./parse-failure.js";
import type { ParseJob } from "./parse-job.js";
import type { JobResult } from "./parse-process.js";
import { ProcessPool } from "./process-pool.js";

export interface ParseRunnerOptions {
  /** Processes at most, as long as one storage alone has work for them; they start when there is work. */
  readonly processes: number;
  /** Heap of a process in megabytes, more for a file above 16 MB; a file that needs more than that is at fault. */
  readonly heapMegabytes: number;
  /** Time for files; one for each runner. */
  readonly budget?: ParseBudget;
}

/** More processes than usual, so that as many other storages need not wait for one that uses up its own. */
const EXTRA_PROCESSES = 3;
/** A file that ended its process is not tried again for so long. */
const GIVEN_UP_MS = 600_000;
/** The same for one that had less time than a file has, since its storage has used up the round. */
const CUT_SHORT_MS = 60_000;
/** Tries where it is not the file's fault that there is no result. */
const TRIES = 3;

/** Gives jobs to processes: in fair turns, within the budgets, and never what has just ended one. */
export class ParseRunner {
  readonly #turns: FairTurns;
  readonly #pool: ProcessPool;
  readonly #budget: ParseBudget;
  readonly #givenUp = new GivenUpFiles();

  constructor({ processes, heapMegabytes, budget }: ParseRunnerOptions) {
    this.#turns = new FairTurns({ usual: processes, most: processes + EXTRA_PROCESSES });
    this.#pool = new ProcessPool({ heapMegabytes, kept: processes });
    this.#budget = budget ?? new ParseBudget();
  }

  warmUp(): void {
    this.#pool.warmUp();
  }

  /** @throws ParseFailure */
  async run(file: SourceFile, task: ParseJob["task"]): Promise<JobResult> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#runOnce(file, task);
      } catch (error) {
        const again = error instanceof ParseFailure && error.kind === "outside" && tries < TRIES;
        if (!again) throw error;
      }
    }
  }

  async close(): Promise<void> {
    this.#turns.close();
    await this.#pool.close();
  }

  async #runOnce(file: SourceFile, task: ParseJob["task"]): Promise<JobResult> {
    const { storage, path, bytes, limits, isPart } = file;
    if (!(await this.#turns.take(storage))) throw new ParseFailure("closed", "the parser was closed");
    try {
      // It may have been given up while it waited.
      const known = this.#givenUp.reasonOf(file);
      if (known !== undefined) throw new ParseFailure("crash", known);
      const budgetMs = this.#budget.allow(storage, bytes.length);
      if (budgetMs === undefined) throw new ParseFailure("round", this.#budget.roundText);
      const process = this.#pool.take(bytes.length);
      try {
        const result = await process.run({ path, bytes, limits, isPart, task }, budgetMs);
        this.#budget.spend(storage, bytes.length, result.tookMs);
        return result;
      } catch (error) {
        throw error instanceof ParseFailure ? this.#blame(file, error, budgetMs) : error;
      } finally {
        this.#pool.put(process);
      }
    } finally {
      this.#turns.release(storage);
    }
  }

  /** Counts what a file has cost, and remembers it where that was its own fault. */
  #blame(file: SourceFile, failure: ParseFailure, budgetMs: number): ParseFailure {
    const { storage, bytes } = file;
    const { kind, tookMs } = failure;
    if (kind !== "crash" && kind !== "budget") return failure;
    this.#budget.spend(storage, bytes.length, tookMs);
    const ofFile = this.#budget.ofFile(bytes.length);
    if (kind === "crash" || budgetMs >= ofFile) {
      const reason = kind === "crash" ? failure.message : `it takes longer than the ${seconds(ofFile)} s a file has`;
      this.#givenUp.add(file, reason, GIVEN_UP_MS);
      return new ParseFailure(kind, reason, tookMs);
    }
    this.#givenUp.add(file, this.#budget.roundText, CUT_SHORT_MS);
    return new ParseFailure("round", this.#budget.roundText, tookMs);
  }
}

const seconds = (milliseconds: number): string => String(Math.round(milliseconds / 100) / 10);
