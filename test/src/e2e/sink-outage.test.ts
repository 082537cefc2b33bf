import test from "ava";
import { outage } from "../helpers/sinks/outage.js";

const COMMITS = Number(process.env.VEXIL_OUTAGE_COMMITS ?? 150);
/** V8 takes memory as it gets it; kept events of these commits would be more than that in the long run of the soak. */
const MOST_BYTES = 150 * 2 ** 20;

test("commits that come while a sink is away are all told afterwards, in order, and wait in git and not in memory", async (t) => {
  t.timeout(300_000);
  const found = await outage(t, { commits: COMMITS, atOnce: 50, pauseMs: 300, deadlineMs: 240_000 });
  t.deepEqual(found.problems, []);
  t.true(found.came >= COMMITS);
  t.true(Math.max(found.peakDownBytes, found.peakDeliveryBytes) < found.idleBytes + MOST_BYTES);
  t.log(JSON.stringify({ ...found, problems: undefined }));
});
