import type { SyncEvent } from "@vexil/engine/model/events";
import { EventLog } from "@vexil/engine/observe/log-events";
import { NO_FAILING_TESTS } from "@vexil/engine/storage/state/failing-tests";
import type { Level, LogFields, Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import test from "ava";

interface Line extends LogFields {
  readonly level: Level;
  readonly event: string;
}

function start() {
  const lines: Line[] = [];
  const logger: Logger = {
    log: (level, event, _message, fields) => void lines.push({ ...fields, level, event }),
    child: () => logger,
  };
  const log = new EventLog(logger, (storage) => (storage === "strict" ? "strict" : "lenient"));
  /** Lines logged of these events. */
  const logged = (...events: readonly SyncEvent[]): readonly Line[] => {
    const from = lines.length;
    for (const event of events) log.apply(event, undefined);
    return lines.slice(from);
  };
  return { logged };
}

const at = { storage: "main", at: 1000, correlationId: "c-1" } as const;
const timeout = new VexilError("VEXIL_CONNECTION_TIMEOUT", "no answer");
const refused = new VexilError("VEXIL_CONNECTION_REFUSED", "nobody listens", { details: { step: "connect" } });
const fetchFailed = (error: VexilError, storage = "main"): SyncEvent => ({
  ...at,
  storage,
  type: "fetch.failed",
  error,
  nextAt: 31_000,
});
const fetched: SyncEvent = {
  ...at,
  type: "fetch.succeeded",
  revision: "a".repeat(40),
  changed: false,
  bytes: 10,
  durationMs: 5,
  nextAt: 31_000,
};
const writeFailed = (error: VexilError): SyncEvent => ({
  ...at,
  type: "write.failed",
  request: "w-1",
  environment: "prod",
  error,
});
const committed: SyncEvent = {
  ...at,
  type: "write.committed",
  request: "w-1",
  environment: "prod",
  revision: "a".repeat(40),
  summary: "update flag",
  pushed: true,
  durationMs: 5,
};
const times = (count: number, event: SyncEvent): readonly SyncEvent[] => Array.from({ length: count }, () => event);
const brief = (lines: readonly Line[]): readonly unknown[] =>
  lines.map(({ event, code, repeated }) => [event, code, repeated].filter((part) => part !== undefined));

test("equal errors in a row are one line, then one in ten; what ends the series says of how many", (t) => {
  const { logged } = start();
  t.deepEqual(brief(logged(...times(25, fetchFailed(timeout)))), [
    ["fetch.failed", timeout.code],
    ["fetch.failed", timeout.code, 11],
    ["fetch.failed", timeout.code, 21],
  ]);
  t.deepEqual(brief(logged(fetched)), [["fetch.succeeded", 25]]);
  t.deepEqual(brief(logged(fetched, fetchFailed(timeout))), [["fetch.succeeded"], ["fetch.failed", timeout.code]]);
});

test("another error ends a series too; series of other storages and of writes go on by themselves", (t) => {
  const { logged } = start();
  t.is(logged(...times(5, fetchFailed(timeout))).length, 1);
  t.deepEqual(brief(logged(fetchFailed(timeout, "other"))), [["fetch.failed", timeout.code]]);
  t.deepEqual(brief(logged(...times(3, writeFailed(timeout)))), [["write.failed", timeout.code]]);
  t.deepEqual(brief(logged(fetchFailed(refused))), [["fetch.failed", refused.code, 5]]);
  t.deepEqual(brief(logged(fetchFailed(timeout))), [["fetch.failed", timeout.code]]);
  t.deepEqual(brief(logged(committed)), [["write.committed", 3]]);
  t.deepEqual(brief(logged(...times(10, fetchFailed(timeout, "other")))), [["fetch.failed", timeout.code, 11]]);
});

test("a write's lines name whose it is, and failures in a row are counted for each caller", (t) => {
  const { logged } = start();
  const by = (actor: string): SyncEvent => ({ ...writeFailed(timeout), actor }) as SyncEvent;
  const [a, b] = [by("token:a"), by("token:b")];
  const lines = logged(a, b, a, b, a, { ...committed, actor: "token:a" } as SyncEvent);
  t.deepEqual(
    lines.map(({ event, actor, repeated }) => [event, actor, repeated]),
    [
      ["write.failed", "token:a", undefined],
      ["write.failed", "token:b", undefined],
      ["write.committed", "token:a", 3],
    ],
  );
  t.false("actor" in (logged(committed)[0] ?? {}));
});

test("a line has the poll's correlation id, the step and when it is tried again; its level is the policy's", (t) => {
  const { logged } = start();
  t.deepEqual(logged(fetchFailed(refused)), [
    {
      level: "warn",
      event: "fetch.failed",
      storage: "main",
      correlation_id: "c-1",
      code: refused.code,
      step: "connect",
      retryable: true,
      reason: "nobody listens",
      next_poll_ms: 30_000,
    },
  ]);
  t.is(logged(fetchFailed(refused, "strict"))[0]?.level, "error");
  t.is(logged(fetched)[0]?.level, "info");
  t.is(logged(fetched)[0]?.level, "debug");
});

test("the faults of one branch are not over because another branch has none", (t) => {
  const { logged } = start();
  const built = (branch: string, reasons: readonly string[]): SyncEvent => ({
    ...at,
    type: "snapshot.built",
    branch,
    environments: [branch],
    revision: "a".repeat(40),
    quarantined: reasons.map((reason) => ({ file: "f", namespace: "n", reason, revision: "a".repeat(40) })),
    unread: [],
    tests: NO_FAILING_TESTS,
    files: 1,
    flags: 1,
    durationMs: 1,
  });
  const events = (lines: readonly Line[]): readonly string[] =>
    lines.map(({ event }) => event).filter((event) => event.startsWith("features."));
  t.deepEqual(events(logged(built("main", ["bad"]), built("flipt/default/try", []))), ["features.quarantined"]);
  t.deepEqual(events(logged(built("main", ["bad"]))), []);
  t.deepEqual(events(logged(built("flipt/default/try", ["worse"]), built("main", []))), ["features.quarantined"]);
  t.deepEqual(events(logged(built("flipt/default/try", []))), ["features.recovered"]);
});

test("a commit with faults by the thousand writes some lines of them, and how many more there are, once", (t) => {
  const { logged } = start();
  const revision = "a".repeat(40);
  const quarantined = Array.from({ length: 3_000 }, (_, index) => ({
    file: `f${index}`,
    namespace: "n",
    reason: "bad",
    revision,
  }));
  const built: SyncEvent = {
    ...at,
    type: "snapshot.built",
    branch: "main",
    environments: ["main"],
    revision,
    quarantined,
    unread: [],
    tests: NO_FAILING_TESTS,
    files: 1,
    flags: 1,
    durationMs: 1,
  };
  const ofFaults = (lines: readonly Line[]): readonly Line[] =>
    lines.filter(({ event }) => event === "features.quarantined" || event === "lines.omitted");
  const lines = ofFaults(logged(built));
  const { event, omitted, count } = lines.at(-1) as Line;
  t.deepEqual([event, omitted], ["lines.omitted", "features.quarantined"]);
  t.true(lines.length < 1_000, `${lines.length}`);
  t.is(lines.length - 1 + Number(count), 3_000);
  t.deepEqual(ofFaults(logged(built)), [], "none of them is news");
});
