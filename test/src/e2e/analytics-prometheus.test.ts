import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import { eventually, type Json, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { startPrometheus } from "../helpers/daemon/prometheus-server.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { missingPrograms, skipUnless } from "../helpers/runner/skip-unless.js";

const BASE = "/internal/v2/analytics/environments/default/namespaces";

async function start(t: ExecutionContext, url: string, headers = {}): Promise<RunningDaemon> {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  return startDaemon(t, {
    config: {
      storage: { default: { remote: repository.path } },
      analytics: { storage: { prometheus: { enabled: true, url, headers } } },
    },
  });
}

function lastHour(): { readonly from: string; readonly to: string } {
  const now = Date.now();
  return { from: new Date(now - 1_800_000).toISOString(), to: new Date(now).toISOString() };
}

test("Debian's Prometheus answers for the counts, and names mean nothing in its language", async (t) => {
  if (skipUnless(t, missingPrograms("prometheus"))) return;
  const prometheus = await startPrometheus(t);
  const daemon = await start(t, prometheus.url);
  const evaluate = () => daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" });
  // A counter's first value is no increase.
  await evaluate();
  await prometheus.scrape(daemon.url);
  const ask = async (flagKeys: readonly string[], namespace = "default"): Promise<Json> => {
    await evaluate();
    const { status, body } = await daemon.post(`${BASE}/${encodeURIComponent(namespace)}/batch`, {
      flagKeys,
      ...lastHour(),
    });
    t.is(status, 200, JSON.stringify(body));
    return body.flagEvaluations;
  };
  const sum = (series: Json): number => series.values.reduce((total: number, value: number) => total + value, 0);
  const { banner, theme } = await eventually(
    () => ask(["banner", "theme"]),
    (found) => sum(found.banner) > 0,
  );
  t.is(sum(theme), 0);
  t.is(banner.timestamps.length, banner.values.length);
  t.is(banner.timestamps.length, 32, "a step of a minute, and one beyond the end");
  const { from, to } = lastHour();
  const one = await daemon.get(`${BASE}/default/flags/banner?from=${from}&to=${to}`);
  t.true(sum(one.body) > 0);
  const hostile = [".*", "banner|x", '"} or vector(1e9) or x{a="', "a\\", "a\nb", "ban[n]er"];
  for (const [key, series] of Object.entries(await ask(hostile))) t.is(sum(series), 0, key);
  t.is(sum((await ask(["banner"], '",flipt_namespace=~".*')).banner), 0);
  await prometheus.stop();
  const gone = await daemon.get(`${BASE}/default/flags/banner?from=${from}&to=${to}`);
  t.is(gone.status, 503);
  t.regex(gone.body.message, /^Prometheus cannot be reached: ECONNREFUSED/);
});

async function impostor(t: ExecutionContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const json =
  (value: unknown): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify(value));

const NONSENSE: readonly (readonly [what: string, answer: RequestListener])[] = [
  ["a status of 500", (_, response) => response.writeHead(500).end("canary")],
  ["a redirect", (_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end()],
  ["no JSON", (_, response) => response.end("<html>")],
  ["null", json(null)],
  ["a scalar", json({ status: "success", data: { resultType: "scalar", result: [1, "1"] } })],
  ["a cut connection", (request) => request.socket.destroy()],
  [
    "no end",
    (_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(1 << 20, 0x20), () => setImmediate(more));
      };
      more();
    },
  ],
];

test("who answers nonsense for Prometheus is unavailable, and the daemon goes on", async (t) => {
  let now: RequestListener = json(null);
  const url = await impostor(t, (request, response) => now(request, response));
  const daemon = await start(t, url, { authorization: "Bearer canary" });
  const { from, to } = lastHour();
  for (const [what, answer] of NONSENSE) {
    now = answer;
    const { status, body } = await daemon.get(`${BASE}/default/flags/banner?from=${from}&to=${to}`);
    t.is(status, 503, what);
    t.regex(body.message, /^Prometheus /, what);
    t.notRegex(JSON.stringify(body), /canary/, what);
  }
  t.notRegex(JSON.stringify(daemon.lines), /canary/);
});

test("a header that cannot be sent is told of without its value", async (t) => {
  const daemon = await start(t, await impostor(t, json(null)), { authorization: "Bearer canary\nand a second line" });
  const { from, to } = lastHour();
  const { status, body } = await daemon.get(`${BASE}/default/flags/banner?from=${from}&to=${to}`);
  t.is(status, 503);
  t.regex(body.message, /^Prometheus cannot be asked: .*analytics\.storage\.prometheus\.headers/);
  t.notRegex(JSON.stringify([body, daemon.lines]), /canary|second line/);
});

test("strange values of a matrix are passed over", async (t) => {
  const result = [
    null,
    { metric: null, values: 7 },
    {
      metric: { flipt_flag: "banner" },
      values: [[Date.now() / 1000, "NaN"], ["x", "1"], null, [1e300, "5"], [-1, "5"]],
    },
    { metric: { flipt_flag: "__proto__" }, values: [[Date.now() / 1000, "5"]] },
  ];
  const url = await impostor(t, json({ status: "success", data: { resultType: "matrix", result } }));
  const daemon = await start(t, url);
  const { status, body } = await daemon.post(`${BASE}/default/batch`, { flagKeys: ["banner"], ...lastHour() });
  t.is(status, 200);
  t.deepEqual(Object.keys(body.flagEvaluations), ["banner"]);
  t.true(body.flagEvaluations.banner.values.every((value: number) => value === 0));
});

test("who does not answer at all is waited for no longer than ten seconds", async (t) => {
  const daemon = await start(t, await impostor(t, () => undefined));
  const { from, to } = lastHour();
  const { status, body } = await daemon.get(`${BASE}/default/flags/banner?from=${from}&to=${to}`);
  t.is(status, 503);
  t.regex(JSON.stringify(body), /did not answer within 10 s/);
});
