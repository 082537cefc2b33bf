import test from "ava";
import { ownSeries } from "../../../../daemon/dist/analytics/own-series.js";
import { prometheusSeries } from "../../../../daemon/dist/analytics/prometheus-series.js";
import type { UsageReader } from "../../../../daemon/dist/usage/usage-reader.js";

const HOUR_MS = 3_600_000;
const PLACE = ["e", "default"] as const;
const FLAGS = Array.from({ length: 500 }, (_, index) => `flag-${index}`);
const { signal } = new AbortController();

const usage: UsageReader = {
  isCounting: true,
  isFull: false,
  oldest: 0,
  now: 10_000 * HOUR_MS,
  settle: async () => {},
  of: () => undefined,
};

test("more values than an answer may have are refused before any of them is made", async (t) => {
  const range = { from: 0, to: 10_000 * HOUR_MS };
  const before = performance.now();
  await t.throwsAsync(ownSeries(usage, PLACE, FLAGS, range), {
    code: "VEXIL_VALIDATION_ITEMS",
    message: /^5000500 values are asked for; 500000 are the most/,
  });
  // Nobody listens there: it is not even asked.
  const nobody = { url: "http://127.0.0.1:1", headers: {} };
  const days = { from: 0, to: 200 * 24 * HOUR_MS };
  await t.throwsAsync(prometheusSeries(nobody, PLACE, FLAGS, days, signal), { code: "VEXIL_VALIDATION_ITEMS" });
  t.true(performance.now() - before < 500, "others wait for this process meanwhile");
});

test("all flags of an answer share the times of its points", async (t) => {
  const found = [...(await ownSeries(usage, PLACE, FLAGS, { from: 0, to: 900 * HOUR_MS })).values()];
  t.is(found.length, 500);
  t.deepEqual(found[0]?.timestamps.slice(0, 2), ["1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z"]);
  t.true(found.every(({ timestamps }) => timestamps === found[0]?.timestamps));
});
