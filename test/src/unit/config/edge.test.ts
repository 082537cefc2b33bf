import test from "ava";
import { loadConfig } from "../../../../core/config/dist/load-config.js";

const UPSTREAM = { VEXIL_EDGE_UPSTREAM: "https://flags.example.com/" };
const load = (env: Readonly<Record<string, string>>) => loadConfig({ env, cwd: "/" });

test("an edge has no storages of its own, and what its storages have in common", async (t) => {
  const { edge, storages, environments } = await load({ ...UPSTREAM, VEXIL_EDGE_POLL_INTERVAL: "5s" });
  t.is(storages.size + environments.size, 0);
  t.like(edge, { upstream: "https://flags.example.com", writes: "refuse", counts: true, path: undefined });
  t.like(edge?.template, { readOnly: true, fetchPolicy: "lenient", pollIntervalMs: 5_000 });
});

for (const [what, env, message] of [
  ["another scheme", { VEXIL_EDGE_UPSTREAM: "ftp://flags.example.com" }, /edge\.upstream: .*http/],
  ["a token in its address", { VEXIL_EDGE_UPSTREAM: "https://ada:s3cret@flags.example.com" }, /name a credential/],
  ["a query", { VEXIL_EDGE_UPSTREAM: "https://flags.example.com/?token=s3cret" }, /without \? and #/],
  ["no address", { VEXIL_EDGE_WRITES: "forward" }, /edge\.upstream: non-empty value/],
  ["a storage beside it", { ...UPSTREAM, VEXIL_STORAGE_MAIN_REMOTE: "/x.git" }, /storage\.main has no place/],
  ["a credential that is not there", { ...UPSTREAM, VEXIL_EDGE_CREDENTIALS: "up" }, /credential "up" not found/],
  ["looks without a pause", { ...UPSTREAM, VEXIL_EDGE_POLL_INTERVAL: "10ms" }, /at least 1 second/],
  ["no time", { ...UPSTREAM, VEXIL_EDGE_TIMEOUTS_TOTAL: "0s" }, /edge\.timeouts\.total: must be more than 0/],
  ["no end", { ...UPSTREAM, VEXIL_EDGE_TIMEOUTS_PUSH: "9999h" }, /edge\.timeouts\.push: must be at most 48h/],
] as const) {
  test(`an edge with ${what} is refused, and no secret is told`, async (t) => {
    const error = await t.throwsAsync(load(env), { code: "VEXIL_VALIDATION_CONFIG", message });
    t.notRegex(String(error?.message), /s3cret/);
  });
}
