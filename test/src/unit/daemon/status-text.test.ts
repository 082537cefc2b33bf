import test from "ava";
import { type StorageAnswer, shownSink, shownStorage } from "../../../../daemon/dist/client/status-text.js";

function storage(state: string, minutesAgo: number): StorageAnswer {
  const at = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  return {
    id: "main",
    backend: "local",
    state,
    revision: "1".repeat(40),
    environments: ["default"],
    stalenessSeconds: 0,
    lastError: { code: "VEXIL_CONNECTION_REFUSED", step: "connect", message: "refused", at },
    quarantined: [],
  };
}

test("an error that is over is shown with its age, and no longer after a day", (t) => {
  t.regex(shownStorage(storage("ready", 1)), /^ {2}recovered; the last error was 60 s ago, at \S+ connect: refused/m);
  t.regex(shownStorage(storage("ready", 14)), /the last error was 14 min ago/);
  t.regex(shownStorage(storage("ready", 5 * 60)), /the last error was 5 h ago/);
  t.false(shownStorage(storage("ready", 25 * 60)).includes("error"));
});

test("an error that lasts is shown however old it is", (t) => {
  for (const state of ["failed", "stale", "starting"]) {
    t.regex(shownStorage(storage(state, 25 * 60)), /^ {2}last error \S+Z connect: refused/m);
  }
});

test("a storage none of whose environments may be read ends its line with the revision", (t) => {
  const [, line] = shownStorage({ ...storage("ready", 1), environments: [] }).split("\n");
  t.is(line, `  revision ${"1".repeat(40)}`);
});

test("a name with a line break passes for no other line of the status", (t) => {
  const name = "x\nsink audit (file): ready";
  const shown = shownStorage({
    ...storage("ready", 25 * 60),
    quarantined: [{ file: `${name}.yaml`, namespace: name, reason: "faulty" }],
    unservedNamespaces: [{ environment: "default", namespace: name }],
    uncommitted: [name],
    unread: [name],
  });
  t.notRegex(shown, /^sink/m);
  t.regex(shown, /quarantined x\\nsink audit/);
});

test("of a sink one event is an event, and one commit waits", (t) => {
  const sink = { name: "ci", type: "webhook", state: "failing", delivered: 1, dropped: 0 };
  t.regex(
    shownSink({ ...sink, lag: { commits: 1, seconds: 4 } }),
    /\n {2}1 event delivered; 1 commit waits, for 4 s\n/,
  );
  t.regex(
    shownSink({ ...sink, delivered: 2, lag: { commits: 3, seconds: 4 } }),
    /2 events delivered; 3 commits wait, for/,
  );
});
