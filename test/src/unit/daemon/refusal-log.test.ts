import test from "ava";
import { RefusalLog } from "../../../../daemon/dist/access/refusal-log.js";
import { eventually } from "../../helpers/daemon/daemon.js";
import { type RecordedLine, recorder } from "../../helpers/daemon/recorder.js";

const refusal = { method: "oidc", code: "VEXIL_REFUSED_UNAUTHENTICATED", reason: "the state is wrong" } as const;

/** Refusals that the lines speak of. */
const told = (lines: readonly RecordedLine[]): number =>
  lines.reduce((sum, { repeated }) => sum + (repeated === undefined ? 1 : Number(repeated)), 0);

test("a thousand refusals alike are two lines, and every one is counted", (t) => {
  const { logger, lines } = recorder();
  const log = new RefusalLog(logger);
  for (let count = 0; count < 1000; count += 1) log.tell({ ...refusal, client: "192.0.2.1" });
  t.is(lines.length, 1, "the first is told at once");
  log.flush();
  t.deepEqual(
    lines.map(({ event, client, repeated }) => [event, client, repeated]),
    [
      ["auth.refused", "192.0.2.1", undefined],
      ["auth.refused", "192.0.2.1", 999],
    ],
  );
  log.flush();
  t.is(lines.length, 2);
});

test("from a thousand addresses they are a line for each of the first, and one for the rest", (t) => {
  const { logger, lines } = recorder();
  const log = new RefusalLog(logger);
  for (let turn = 0; turn < 3; turn += 1) {
    for (let count = 0; count < 1000; count += 1) log.tell({ ...refusal, client: `client ${count}` });
  }
  log.flush();
  t.true(lines.length < 130, `${lines.length} lines`);
  t.is(told(lines), 3000);
  t.true(lines.some(({ reason }) => reason === "others were refused, too"));
});

test("whoever has many addresses, or many reasons, hides neither other reasons nor callers who are known", (t) => {
  const { logger, lines } = recorder();
  const log = new RefusalLog(logger);
  for (let count = 0; count < 1000; count += 1) log.tell({ ...refusal, client: `client ${count}` });
  log.tell({ ...refusal, reason: "the session is of another key" });
  t.is(lines.at(-1)?.reason, "the session is of another key");
  for (let count = 0; count < 1000; count += 1) log.tell({ ...refusal, reason: `reason ${count}` });
  log.tell({ ...refusal, reason: "the token ci has expired", actor: "token:ci" });
  t.is(lines.at(-1)?.actor, "token:ci");
  const before = lines.length;
  t.true(before < 100, `${before} lines`);
  log.flush();
  t.is(told(lines), 2002);
});

test("how many there were is told when the time is over, though nobody comes any more", async (t) => {
  const { logger, lines } = recorder();
  const log = new RefusalLog(logger, 50);
  for (let count = 0; count < 5; count += 1) log.tell(refusal);
  await eventually(
    async () => lines.length,
    (length) => length === 2,
  );
  t.is(lines[1]?.repeated, 4);
  log.tell({ ...refusal, reason: "x".repeat(100_000) });
  t.true(String(lines[2]?.reason).length < 1000, "a reason that somebody else wrote is cut");
  log.flush();
});
