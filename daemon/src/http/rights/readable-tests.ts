import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { type FailingTests, failingTests } from "@vexil/engine/storage/state/failing-tests";
import type { TestFailure } from "@vexil/flags/cases/tested-file";
import type { Quarantined, Snapshot } from "@vexil/flags/compile/snapshot";
import { testsFail } from "@vexil/flags/edit/write-errors";
import { VexilError } from "@vexil/plugin-api/errors";
import type { RequestRights } from "./request-rights.js";

/** Stands for what a test says of namespaces that may not be seen. */
export const UNTOLD_TESTS =
  "tests fail; which they are is shown to those who may read all namespaces that they are about";

/** Tests beside flags as far as a caller may read of them: one may be about several namespaces, and tells of each. */
export class ReadableTests {
  readonly #rights: RequestRights;
  /** By the list, which the failures of a file share. */
  readonly #known = new WeakMap<readonly string[], Promise<boolean>>();

  constructor(rights: RequestRights) {
    this.#rights = rights;
  }

  /** Failing tests of some environments, and what is told of those that are not listed. */
  async failing(environments: ReturnType<SnapshotReader["all"]>): Promise<FailingTests> {
    const failing: FailingTests["failing"][number][] = [];
    const unread = new Set<string>();
    let omitted = 0;
    for (const { info, snapshot } of environments) {
      for (const one of failingTests([snapshot]).failing) {
        if (await this.#mayRead(info.key, one.namespaces)) failing.push(one);
      }
      for (const [path, file] of snapshot?.tests?.files ?? []) {
        const isTold = file.unread === true || file.omitted > 0;
        if (!isTold || !(await this.#mayRead(info.key, file.namespaces))) continue;
        if (file.unread === true) unread.add(path);
        omitted += file.omitted;
      }
    }
    return { failing, omitted, unread: [...unread] };
  }

  /** A fault of a namespace that may be read: one that stands for a test may name others. */
  async fault(fault: Quarantined, environment: string, snapshot: Snapshot | undefined): Promise<Quarantined> {
    if (fault.test !== true) return fault;
    const { failures = [] } = snapshot?.tests?.files.get(fault.file) ?? {};
    const { line, column, reason } = fault;
    const same = failures.find((one) => one.reason === reason && one.line === line && one.column === column);
    if (same === undefined || (await this.#mayRead(environment, same.namespaces))) return fault;
    return { ...fault, reason: UNTOLD_TESTS };
  }

  /** The refusal of a change that tests would fail with, without those that may not be seen. */
  async refusal(error: unknown, environment: string): Promise<unknown> {
    if (!VexilError.is(error) || error.code !== "VEXIL_VALIDATION_TESTS") return error;
    const tests = error.details.tests as readonly TestFailure[];
    const seen: TestFailure[] = [];
    for (const one of tests) if (await this.#mayRead(environment, one.namespaces)) seen.push(one);
    if (seen.length === tests.length) return error;
    if (seen.length > 0) return testsFail(seen, 0);
    return new VexilError("VEXIL_VALIDATION_TESTS", `nothing was changed, since with it ${UNTOLD_TESTS}`, {
      details: { tests: [] },
      cause: error,
    });
  }

  /** A test that is about no namespace is the environment's. */
  #mayRead(environment: string, namespaces: readonly string[]): Promise<boolean> {
    const known = this.#known.get(namespaces);
    if (known !== undefined) return known;
    const asked = this.#ask(environment, namespaces);
    this.#known.set(namespaces, asked);
    return asked;
  }

  async #ask(environment: string, namespaces: readonly string[]): Promise<boolean> {
    if (namespaces.length === 0) return this.#rights.may("read", environment);
    for (const namespace of namespaces) if (!(await this.#rights.may("read", environment, namespace))) return false;
    return true;
  }
}
