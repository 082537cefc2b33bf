import type { LogFields, Logger } from "@vexil/plugin-api";
import { type FailingTest, type FailingTests, namedNamespaces } from "../storage/state/failing-tests.js";
import { logEvent } from "./catalogue.js";
import { fileOf, MOST_LINES } from "./fault-lines.js";

/** Lines about tests beside flags: each that fails is told once for as long as it does. */
export class TestLines {
  readonly #logger: Logger;
  /** Failing tests by storage and branch. */
  readonly #failing = new Map<string, Map<string, ReadonlySet<string>>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Of what was not run is taken for true what was. */
  tell(storage: string, branch: string, tests: FailingTests, base: LogFields): void {
    const branches = this.#failing.get(storage) ?? new Map<string, ReadonlySet<string>>();
    const before = branches.get(branch) ?? new Set();
    const now = new Set<string>();
    const fresh: FailingTest[] = [];
    for (const one of tests.failing) {
      const key = JSON.stringify([one.file, one.environment, one.line, one.reason, one.enforced]);
      now.add(key);
      if (!before.has(key)) fresh.push(one);
    }
    const waiting = new Set(tests.unread);
    for (const key of waiting.size === 0 ? [] : before) if (waiting.has(fileOf(key))) now.add(key);
    for (const one of fresh.slice(0, MOST_LINES)) this.#line(one, base);
    const count = Math.max(0, fresh.length - MOST_LINES) + (fresh.length === 0 ? 0 : tests.omitted);
    if (count > 0) logEvent(this.#logger, "lines.omitted", { ...base, omitted: "tests.failed", count });
    if (now.size > 0) branches.set(branch, now);
    else branches.delete(branch);
    this.#failing.set(storage, branches);
    if (before.size > 0 && branches.size === 0) logEvent(this.#logger, "tests.passed", base);
  }

  #line({ test, enforced, ...failing }: FailingTest, base: LogFields): void {
    const { name, ...asked } = test ?? { name: undefined };
    const namespaces = namedNamespaces(failing);
    const fields = {
      ...base,
      ...failing,
      namespaces,
      ...(name === undefined ? {} : { test: name, ...asked }),
      enforced,
    };
    logEvent(this.#logger, "tests.failed", fields, enforced ? "error" : "warn");
  }
}
