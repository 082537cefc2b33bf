import { rename } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "@vexil/config/load-config";
import type { SinkEvent } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { verifyTrail } from "../../../daemon/dist/audit/verify-trail.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { configFixture } from "../helpers/files/config-fixture.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { type WebhookServer, webhookServer } from "../helpers/sinks/webhook-server.js";

type Fields = Readonly<Record<string, unknown>>;

/** A daemon over a repository of its own, with sinks. */
async function daemonWith(t: ExecutionContext, sinks: Fields, more: Fields = {}) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const storage = { default: { backend: { type: "local", path: repository.path } } };
  const daemon = await inProcessDaemon(t, { storage, ...more, sinks });
  await (await daemon.start()).settled;
  const call = async (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${daemon.url()}${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const resources = "/api/v2/environments/default/namespaces/default/resources";
  const put = async (key: string, enabled: boolean, method = "POST"): Promise<string> => {
    const payload = { "@type": "flipt.core.Flag", key, name: key, type: "BOOLEAN_FLAG_TYPE", enabled };
    const answer = await call(method, resources, { key, payload });
    t.is(answer.status, 200, await answer.clone().text());
    return ((await answer.json()) as { readonly revision: string }).revision;
  };
  const status = async (): Promise<Record<string, { state: string; delivered: number; lag: { commits: number } }>> => {
    const { sinks: shown = [] } = (await (await call("GET", "/api/status")).json()) as { sinks?: { name: string }[] };
    return Object.fromEntries(shown.map((one) => [one.name, one])) as never;
  };
  return { daemon, repository, call, put, status };
}

const told = (server: WebhookServer, count: number): Promise<readonly SinkEvent[]> =>
  eventually(
    async () => server.events(),
    (events) => events.length >= count,
  );

test("a target that hangs and one that fails delay neither writes, nor evaluation, nor the other sinks", async (t) => {
  const [hung, broken] = [await webhookServer(t), await webhookServer(t)];
  // It never answers at all.
  hung.answer = () => undefined;
  broken.answer = (_request, response) => void response.writeHead(500).end();
  const path = join(await temporaryDirectory(t), "audit.jsonl");
  const { put, call, status } = await daemonWith(t, {
    hung: { type: "webhook", url: hung.url, timeout: "60s" },
    broken: { type: "webhook", url: broken.url },
    audit: { type: "file", path },
  });
  await put("hung-1", true);
  await eventually(
    async () => hung.requests.length,
    (count) => count > 0,
  );
  for (let index = 0; index < 6; index += 1) {
    await put(`flag-${index}`, index % 2 === 0);
    const evaluated = await call("POST", "/evaluate/v1/boolean", { flagKey: `flag-${index}`, entityId: "ada" });
    t.is(((await evaluated.json()) as { readonly enabled: boolean }).enabled, index % 2 === 0);
  }
  const sinks = await eventually(
    status,
    ({ audit, broken: failing }) => audit?.delivered === 7 && failing?.state === "failing",
  );
  t.is(sinks.hung?.delivered, 0);
  t.true((sinks.hung?.lag.commits ?? 0) > 0 && (sinks.broken?.lag.commits ?? 0) > 0);
  t.is(hung.requests.length, 1);
  const report = await verifyTrail(path, { key: undefined });
  t.deepEqual([report.lines, report.faults.length], [7, 0]);
  const metrics = await (await call("GET", "/metrics")).text();
  t.regex(metrics, /^vexil_sink_events_total\{sink="audit",result="delivered"\} 7$/m);
  t.regex(metrics, /^vexil_sink_up\{sink="broken"\} 0$/m);
});

test("a write, a rollback and a push are told as such, and a trailer of somebody else's is none", async (t) => {
  const server = await webhookServer(t);
  const { put, call, repository } = await daemonWith(t, { ci: { type: "webhook", url: server.url } });
  const first = await put("one", false);
  await put("one", true, "PUT");
  const path = "/api/v2/environments/default/namespaces/default/resources/flipt.core.Flag/one/rollback";
  const rollback = await call("POST", path, { to: first });
  t.is(rollback.status, 200, await rollback.clone().text());
  await repository.commit(
    { "third/features.yaml": "namespace: third\n" },
    { message: "by hand\n\nVexil-Rollback: main" },
  );
  const events = await told(server, 4);
  t.deepEqual(
    events.map((event) => event.kind === "change" && [event.type, event.key, event.origin]),
    [
      ["flag", "one", "api"],
      ["flag", "one", "api"],
      ["flag", "one", "rollback"],
      ["namespace", "third", "push"],
    ],
  );
  t.regex(await repository.git("log", "-2", "--format=%(trailers:key=Vexil-Rollback)"), new RegExp(first.slice(0, 12)));
});

test("a reload begins, ends and changes sinks, and leaves alone those that stay equal", async (t) => {
  const [kept, old, fresh] = [await webhookServer(t), await webhookServer(t), await webhookServer(t)];
  const sinks = { kept: { type: "webhook", url: kept.url }, old: { type: "webhook", url: old.url } };
  const { daemon, put, status, repository } = await daemonWith(t, sinks);
  await put("before", true);
  await Promise.all([told(kept, 1), told(old, 1)]);
  const { load } = await configFixture(t);
  const reload = async (next: Fields): Promise<void> => {
    const server = { host: "127.0.0.1", http_port: 0, workers: 1, shutdown_timeout: "2s" };
    const storage = { default: { backend: { type: "local", path: repository.path } } };
    await daemon.daemon.reload(await load({ yaml: JSON.stringify({ version: "2.0", server, storage, sinks: next }) }));
  };
  await t.throwsAsync(reload({ ...sinks, fresh: { type: "webhook", url_file: "/nowhere/url" } }));
  await put("refused-reload", true);
  await Promise.all([told(kept, 2), told(old, 2)]);
  await reload({ kept: sinks.kept, fresh: { type: "webhook", url: fresh.url, filter: { kinds: "flag" } } });
  t.like(await status(), { kept: { delivered: 2 }, fresh: { delivered: 0 } });
  t.false("old" in (await status()));
  await put("after", true);
  const [, , later] = await told(kept, 3);
  t.deepEqual(
    (await told(fresh, 1)).map(({ id }) => id),
    [later?.id],
  );
  t.is(old.events().length, 2);
  // What happened while it was not there is told when it is there again.
  await reload(sinks);
  t.is((await told(old, 3)).at(-1)?.id, later?.id);
  await reload({});
  t.deepEqual(await status(), {});
});

test("that a storage fails and recovers is told, with the reason", async (t) => {
  const server = await webhookServer(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { remote: repository.path, poll_interval: "1s", fetch_policy: "strict" } },
    sinks: { ci: { type: "webhook", url: server.url, filter: { kinds: "storage" } } },
  });
  await (await daemon.start()).settled;
  await rename(repository.path, `${repository.path}.away`);
  const [failed] = await told(server, 1);
  t.like(failed, { kind: "storage", before: "ready", after: "failed" });
  t.regex(JSON.stringify(failed), /VEXIL_REMOTE_NOT_FOUND/);
  await rename(`${repository.path}.away`, repository.path);
  t.like((await told(server, 2))[1], { kind: "storage", before: "failed", after: "ready" });
});

test("without sinks there is nothing about any, and a plugin that cannot be made stops the start", async (t) => {
  const { call } = await daemonWith(t, {});
  t.false("sinks" in ((await (await call("GET", "/api/status")).json()) as object));
  const directory = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const storage = { default: { backend: { type: "local", path: repository.path } } };
  const failing = await inProcessDaemon(t, {
    storage,
    sinks: { ci: { type: "webhook", url: "${env:NOT_SET}" } },
  }).catch((error: unknown) => error);
  t.regex(String(failing), /sinks\.ci/);
  await t.throwsAsync(loadConfig({ file: join(directory, "none.yaml"), env: {}, cwd: directory }));
});
