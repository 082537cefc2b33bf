import { createHash } from "node:crypto";
import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { ReadCases } from "../cases/flag-case.js";
import type { RanTests } from "../cases/tested-file.js";
import type { LoadOptions } from "../compile/file-cache.js";
import type { FileVersion } from "../compile/kept-files.js";
import { BuiltNamespace } from "../compile/namespace-snapshot.js";
import { accountOf } from "../compile/patience.js";
import type { NamespaceSnapshot } from "../compile/snapshot.js";
import { contentId } from "../parse/content-id.js";
import { ParseBudget } from "../parse/parse-budget.js";
import { faultyTests, outOfTime, ranTests, UNREAD_TESTS, withoutFeatures } from "./ran-tests.js";
import { type CaseResult, runCases } from "./run-cases.js";

/** A tests file, and the namespaces that its cases are asked of. */
export interface TestsJob extends FileVersion {
  /** Namespaces beside it. */
  readonly own: readonly string[];
  /** Those of them that have no faults. */
  readonly namespaces: ReadonlyMap<string, NamespaceSnapshot>;
}

type RunOptions = Pick<LoadOptions, "limits" | "storage" | "hurry" | "signal">;

/** Results remembered at most, the latest; a failure counts as one more. */
const KEPT = 100_000;
/** Processor time of a tests file, and of all of a storage that take longer than {@link SOUND_MS} in a round. */
const FILE_MS = 2_000;
const ROUND_MS = 10_000;
const SOUND_MS = 50;

/**
 * Runs tests files within a budget of processor time, a few milliseconds in a turn of the event loop. What came of one
 * is remembered: it is run again only when it, or a namespace beside it, is another.
 */
export class TestsRunner {
  readonly #budget: ParseBudget;
  readonly #known = new Map<string, RanTests>();
  #size = 0;

  constructor(budget = new ParseBudget({ fileMs: FILE_MS, roundMs: ROUND_MS, soundMs: SOUND_MS })) {
    this.#budget = budget;
  }

  /** The outcome, where it is known without running the file. */
  peek(job: TestsJob, options: Pick<RunOptions, "limits">): RanTests | undefined {
    if (job.own.length === 0) return withoutFeatures(job.path);
    const id = idOf(job, options);
    const known = this.#known.get(id);
    if (known === undefined) return undefined;
    this.#known.delete(id);
    this.#known.set(id, known);
    return known;
  }

  async run(job: TestsJob, read: ReadCases, options: RunOptions): Promise<RanTests> {
    if (read.unread === true) return UNREAD_TESTS;
    const ran = read.faults.length > 0 ? faultyTests(job.path, read.faults) : await this.#run(job, read, options);
    if (ran.unread === undefined) this.#keep(idOf(job, options), ran);
    return ran;
  }

  async #run(job: TestsJob, { cases }: ReadCases, { storage, hurry, signal }: RunOptions): Promise<RanTests> {
    const account = accountOf(job.path, storage, hurry);
    const budgetMs = this.#budget.allow(account, 0);
    if (budgetMs === undefined) return UNREAD_TESTS;
    const until = hurry === undefined || hurry.own.has(job.path) ? Number.POSITIVE_INFINITY : hurry.until;
    const work = runCases(cases, job.namespaces, job.own);
    const slice = new TimeSlice();
    for (let tookMs = 0; ; await slice.next()) {
      signal?.throwIfAborted();
      const { results, ms } = oneSlice(work, slice);
      tookMs += ms;
      const isOver = tookMs > budgetMs;
      if (results === undefined && !isOver && performance.now() < until) continue;
      this.#budget.spend(account, 0, tookMs);
      if (results !== undefined) return ranTests(job, results);
      return isOver && budgetMs >= this.#budget.ofFile(0) ? outOfTime(job.path, budgetMs) : UNREAD_TESTS;
    }
  }

  #keep(id: string, ran: RanTests): void {
    this.#size += sizeOf(ran) - sizeOf(this.#known.get(id));
    this.#known.delete(id);
    this.#known.set(id, ran);
    for (const [oldest, one] of this.#known) {
      if (this.#size <= KEPT) break;
      this.#known.delete(oldest);
      this.#size -= sizeOf(one);
    }
  }
}

/** Goes on with cases for one turn; by the clock, a machine that is busy otherwise would make sound files slow ones. */
function oneSlice(work: Generator<void, readonly CaseResult[]>, slice: TimeSlice) {
  const before = process.cpuUsage();
  let step = work.next();
  while (step.done !== true && !slice.due) step = work.next();
  const { user, system } = process.cpuUsage(before);
  return { results: step.done === true ? step.value : undefined, ms: (user + system) / 1_000 };
}

/** All that the results of a tests file depend on. */
function idOf({ path, oid, own, namespaces }: TestsJob, { limits }: Pick<RunOptions, "limits">): string {
  const hash = createHash("sha1").update(`${contentId({ oid, path, limits })} ${path}`);
  for (const key of own) hash.update(`\n${key}\n${inputsId(namespaces.get(key))}`);
  return hash.digest("base64");
}

/** By namespace: one of many files is beside many tests. */
const INPUTS = new WeakMap<NamespaceSnapshot, string>();

function inputsId(namespace: NamespaceSnapshot | undefined): string {
  if (namespace === undefined) return "";
  const known = INPUTS.get(namespace);
  if (known !== undefined) return known;
  const inputs = namespace instanceof BuiltNamespace ? namespace.inputs : namespace.digest;
  const id = createHash("sha1").update(inputs).digest("base64");
  INPUTS.set(namespace, id);
  return id;
}

function sizeOf(ran: RanTests | undefined): number {
  return ran === undefined ? 0 : 1 + ran.failures.length;
}
