import { type RanTests, type TestedFile, testedFile } from "../cases/tested-file.js";
import type { LoadOptions } from "../compile/file-cache.js";
import type { StateTests, TestedState } from "../compile/state-tests.js";
import type { FileParser } from "../parse/file-parser.js";
import { folderOf } from "../read/feature-paths.js";
import { CasesReader } from "./cases-reader.js";
import { tooMany } from "./ran-tests.js";
import { type TestsJob, TestsRunner } from "./tests-runner.js";

/** Tests files whose blobs are read at once. */
const BATCH = 64;

/** Runs the tests files of states; what came of one is remembered. */
export class RememberedTests implements StateTests {
  readonly #reader: CasesReader;
  readonly #runner: TestsRunner;

  constructor(parser: Pick<FileParser, "cases">, runner = new TestsRunner()) {
    this.#reader = new CasesReader(parser);
    this.#runner = runner;
  }

  async run(state: TestedState, options: LoadOptions): Promise<ReadonlyMap<string, TestedFile>> {
    if (state.tests.length === 0) return NO_TESTS;
    const { namespaces } = state;
    const jobs = state.tests.map((file): TestsJob => {
      return { ...file, own: [...state.beside(folderOf(file.path))], namespaces };
    });
    const ran = await this.#runAll(jobs, hurriedFor(jobs, state, options));
    return new Map(
      jobs.map(({ path, oid, own }): [string, TestedFile] => {
        const found = ran.get(path);
        if (found === undefined) throw new TypeError(`${path} was not run`);
        return [path, testedFile(oid, own, found, () => state.before(path))];
      }),
    );
  }

  async #runAll(jobs: readonly TestsJob[], options: LoadOptions): Promise<ReadonlyMap<string, RanTests>> {
    const ran = new Map<string, RanTests>();
    const missing: TestsJob[] = [];
    const most = options.limits.files;
    for (const job of jobs.slice(most)) ran.set(job.path, tooMany(job.path, jobs.length, most));
    for (const job of jobs.slice(0, most)) {
      const known = this.#runner.peek(job, options);
      if (known === undefined) missing.push(job);
      else ran.set(job.path, known);
    }
    const isOwn = ({ path }: TestsJob): boolean => options.hurry?.own.has(path) === true;
    const ordered = [...missing.filter(isOwn), ...missing.filter((job) => !isOwn(job))];
    for (let start = 0; start < ordered.length; start += BATCH) {
      options.signal?.throwIfAborted();
      const batch = ordered.slice(start, start + BATCH);
      const read = await this.#reader.load(batch, options);
      for (const job of batch) {
        const cases = read.get(job.path) ?? { cases: [], faults: [], unread: true };
        ran.set(job.path, await this.#runner.run(job, cases, options));
      }
    }
    return ran;
  }
}

const NO_TESTS: ReadonlyMap<string, TestedFile> = new Map();

/** Whoever waits for some files waits for the tests of their namespaces as well. */
function hurriedFor(jobs: readonly TestsJob[], { awaited }: TestedState, options: LoadOptions): LoadOptions {
  const { hurry } = options;
  if (hurry === undefined || hurry.own.size === 0) return options;
  const folders = new Set([...hurry.own].map(folderOf));
  const theirs = jobs.filter(({ path, own }) => folders.has(folderOf(path)) || own.some((key) => awaited.has(key)));
  return { ...options, hurry: { ...hurry, own: new Set([...hurry.own, ...theirs.map(({ path }) => path)]) } };
}
