import test from "ava";
import { EvaluatedFlag } from "../../../../daemon/dist/http/reads/evaluated-flag.js";
import { FreshEvaluations } from "../../../../daemon/dist/http/reads/fresh-evaluations.js";
import { series, Tally } from "../../../../daemon/dist/http/reads/tally.js";

test("series beyond the most that are kept are counted as dropped", (t) => {
  const tally = new Tally();
  for (let index = 0; index < 50_010; index += 1) tally.count(series("evaluation_errors", "e", `n${index}`, ""));
  const { counts } = tally.data();
  t.is(counts.get("series_dropped"), 10);
  t.is(counts.size, 50_001);
});

test("evaluations of a flag are counted where there is no room for its segments", (t) => {
  const tally = new Tally();
  for (let index = 0; index < 50_000; index += 1) tally.count(series("evaluation_errors", "e", `n${index}`, ""));
  const flag = { key: "late", type: "BOOLEAN_FLAG_TYPE", enabled: true, rollouts: [], segments: [] };
  const evaluated = new EvaluatedFlag(flag as never, ["e", "default"], tally);
  evaluated.evaluate("someone", {});
  evaluated.evaluate("someone else", {});
  t.deepEqual(new FreshEvaluations(tally).take(), [["e", "default", "late", "true", "DEFAULT_EVALUATION_REASON", 2]]);
  t.is(tally.data().counts.get("series_dropped"), undefined, "nothing was left out");
});

test("what is counted of a place that is no more is forgotten, and nothing else", (t) => {
  const tally = new Tally();
  const names = [
    series("evaluation_results", "prod", "team", "flag"),
    series("stream_messages", "prod", "team"),
    series("stream_messages", "prod", "team-2"),
    series("snapshot_errors", "prod"),
    series("stream_messages", "production", "team"),
    series("git_views", "prod", "team"),
    "server_errors",
  ];
  for (const name of names) tally.count(name);
  tally.observe(series("evaluation_latency", "prod", "team"), 1);
  tally.forget("prod", "team");
  t.deepEqual([...tally.data().counts.keys()], names.slice(2));
  t.is(tally.data().latencies.size, 0);
  tally.forget("prod");
  t.deepEqual([...tally.data().counts.keys()], names.slice(4));
});
