import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import test, { type ExecutionContext } from "ava";
import { METRICS } from "../../../daemon/dist/http/metrics/catalogue.js";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { missingPrograms, skipUnless } from "../helpers/runner/skip-unless.js";

/** The two lines before the samples of a metric. */
const DECLARATION = /^# HELP (\S+) (.*)\n# TYPE (\S+) (\S+)$/gm;

/** Findings of promtool about names that are fixed: by the compatible system, and by prom-client. */
const FIXED = [
  /^(flipt_git_branches|nodejs_active_(handles|requests|resources))_total non-counter metrics should not have "_total"/,
  /^flipt_\w+_latency_milliseconds use base unit "seconds" instead of "milliseconds"$/,
];

/** The labels that the samples of a metric have, each set once. */
function labelsOf(metrics: string, name: string): readonly string[] {
  const samples = metrics.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? \\S+$`, "gm"));
  const sets = [...samples].map(([, labels = ""]) =>
    [...labels.matchAll(/(\w+)="/g)]
      .map(([, label]) => label)
      .filter((label) => label !== "le")
      .sort()
      .join(),
  );
  return [...new Set(sets)];
}

/** The sum of a metric's samples with all of these labels. */
function sum(metrics: string, name: string, ...labels: readonly string[]): number {
  return metrics
    .split("\n")
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" "))), 0);
}

async function promtool(metrics: string): Promise<readonly string[]> {
  const child = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "ignore", "pipe"] });
  const [said] = await Promise.all([text(child.stderr), once(child.stdin.end(metrics), "close")]);
  return said.split("\n").filter((line) => line !== "");
}

async function start(t: ExecutionContext, workers: number) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startGitHttpServer(t, repository.path);
  const remote = server.url.replace("http://", "http://somebody:canary@");
  const daemon = await startDaemon(t, {
    config: { server: { workers }, storage: { default: { remote, poll_interval: "1h" } } },
  });
  const metrics = async (): Promise<string> => (await daemon.get("/metrics")).body;
  return { repository, server, daemon, metrics };
}

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : `${workers} workers`;
  test(`every metric is declared from the start, with its labels and values (${processes})`, async (t) => {
    const { server, daemon, metrics } = await start(t, workers);
    const first = await metrics();
    const declared = [...first.matchAll(DECLARATION)].map(([, name, help, again, type]) => ({
      name,
      help,
      again,
      type,
    }));
    const expected = Object.entries(METRICS).map(([name, { type, help }]) => ({ name, help, again: name, type }));
    const byName = <One extends { name: string | undefined }>(all: readonly One[]): readonly One[] =>
      [...all].sort((one, other) => String(one.name).localeCompare(String(other.name)));
    t.deepEqual(byName(declared), byName(expected), "each once");
    t.is(sum(first, "vexil_workers"), workers);
    t.true(sum(first, "vexil_fetch_bytes_total") > 100, "what the start fetched counts");
    t.true(sum(first, "vexil_build_duration_seconds_count") >= 1);

    const evaluate = (flagKey: string): Promise<unknown> =>
      daemon.post("/evaluate/v1/boolean", { flagKey, entityId: "u" }, { connection: "close" });
    await Promise.all(Array.from({ length: 12 }, () => evaluate("banner")));
    await evaluate("nope");
    const base = "/client/v2/environments/default/namespaces";
    await daemon.get(`${base}/default/snapshot`);
    await daemon.get(`${base}/nowhere/snapshot`);
    const stream = await openStream(t, `${daemon.url}${base}/default/stream`);
    await stream.until(() => stream.messages().length > 0);
    const namespaces = "/api/v2/environments/default/namespaces";
    const written = await daemon.post(namespaces, { key: "team", name: "Team" });
    t.is(written.status, 200);
    t.is((await daemon.post(namespaces, { key: "other", name: "Other", revision: "f".repeat(40) })).status, 409);
    await daemon.get("/api/v2/environments/default/history");
    await daemon.get(`${namespaces}/team/history?pageToken=nonsense`);
    const second = await eventually(metrics, (now) => sum(now, "vexil_publish_duration_seconds_count") >= 1);
    for (const [name, { labels }] of Object.entries(METRICS)) {
      const found = labelsOf(second, name);
      if (found.length > 0) t.deepEqual(found, [[...labels].sort().join()], name);
    }
    t.is(sum(second, "flipt_evaluations_requests_total", 'flipt_flag="banner"', 'flipt_namespace="default"'), 12);
    t.is(sum(second, "flipt_evaluations_errors_total"), 1);
    t.is(sum(second, "flipt_evaluations_snapshot_requests_total", 'flipt_environment="default"'), 1);
    t.is(sum(second, "flipt_evaluations_streams_in_progress", 'namespace="default"'), 1);
    t.is(sum(second, "vexil_stream_subscribers"), 1);
    const processes = [...second.matchAll(/^process_resident_memory_bytes\{worker="(\w+)"\} [1-9]/gm)];
    t.deepEqual(
      processes.map(([, worker]) => worker),
      workers === 1 ? ["primary"] : ["primary", "1", "2"],
    );
    t.notRegex(second, /^[^#].* Nan$/m);
    t.is(sum(second, "vexil_build_info", 'version="'), 1);
    t.is(sum(second, "vexil_storage_state", 'state="ready"'), 1);
    t.is(sum(second, "vexil_storage_state"), 1);
    t.is(sum(second, "vexil_storage_quarantined_files"), 0);
    t.true(sum(second, "vexil_storage_next_poll_timestamp_seconds") > Date.now() / 1000);
    const requests = (route: string, method: string, status: number): number =>
      sum(second, "vexil_http_requests_total", `route="${route}"`, `method="${method}"`, `status="${status}"`);
    const snapshots = "/client/v2/environments/{environment}/namespaces/{namespace}/snapshot";
    t.is(requests("/evaluate/v1/boolean", "POST", 200), 12);
    t.is(requests("/evaluate/v1/boolean", "POST", 404), 1);
    t.is(requests(snapshots, "GET", 200), 1);
    t.is(requests(snapshots, "GET", 404), 1);
    t.is(requests(snapshots.replace("snapshot", "stream"), "GET", 200), 1);
    t.is(requests("/api/v2/environments/{environment}/namespaces", "POST", 200), 1);
    t.is(requests("/api/v2/environments/{environment}/namespaces", "POST", 409), 1);
    const evaluations = 'route="/evaluate/v1/boolean"';
    t.is(sum(second, "vexil_http_request_duration_seconds_count", evaluations), 13);
    t.is(sum(second, "vexil_write_conflicts_total"), 1);
    t.true(sum(second, "vexil_flags", 'namespace="ops"') > 0);
    const remote = `remote="${server.url}"`;
    t.is(sum(second, "flipt_git_updates_total", remote, 'branch="main"'), 2);
    t.is(sum(second, "flipt_git_branches_total", remote), 1);
    t.false(second.includes("somebody") || second.includes("canary"));
    stream.close();
    t.is(await daemon.stop(), 0);
  });

  test(`Prometheus's own checker finds nothing wrong but what is fixed (${processes})`, async (t) => {
    // CI brings it, and fails without.
    if (skipUnless(t, process.env.CI === "true" ? undefined : missingPrograms("promtool"))) return;
    const { daemon, metrics } = await start(t, workers);
    const complaints = [...(await promtool(await metrics()))];
    await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" });
    await daemon.get("/client/v2/environments/default/namespaces/default/snapshot");
    await daemon.post("/api/v2/environments/default/namespaces", { key: "team", name: "Team" });
    const later = await eventually(metrics, (now) => sum(now, "flipt_evaluations_requests_total") >= 1);
    complaints.push(...(await promtool(later)));
    t.deepEqual(
      complaints.filter((line) => !FIXED.some((fixed) => fixed.test(line))),
      [],
    );
    t.true(
      complaints.some((line) => line.startsWith("flipt_git_branches_total")),
      "promtool was asked",
    );
  });
}

test("a poll that changes nothing moves the last success, one that fails is counted and ages what is served", async (t) => {
  const { server, daemon, metrics } = await start(t, 1);
  const sync = (): Promise<{ status: number }> => daemon.post("/api/storages/default/sync?wait=true", "");
  const success = "vexil_storage_last_success_timestamp_seconds";
  const before = await metrics();
  await sync();
  const after = await metrics();
  t.true(sum(after, success) > sum(before, success));
  t.is(sum(after, "vexil_flags"), sum(before, "vexil_flags"));
  await server.close();
  await sync();
  const failed = await eventually(metrics, (now) => sum(now, "vexil_storage_staleness_seconds") >= 1);
  t.is(sum(failed, success), sum(after, success));
  t.is(sum(failed, "flipt_git_poll_errors_total"), 1);
  t.is(sum(failed, "vexil_retries_total", 'storage="default"'), 1);
  t.is(await daemon.stop(), 0);
});
