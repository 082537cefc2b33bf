import { join } from "node:path";
import { FliptClient } from "@flipt-io/flipt-client-js/node";
import test, { type ExecutionContext } from "ava";
import { fetch as plainFetch } from "undici";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { missingPrograms, skipUnless } from "../helpers/runner/skip-unless.js";
import { exportFaults, readExported, readIndex } from "../helpers/sinks/exported.js";
import { nginxOver } from "../helpers/sinks/nginx.js";

const SNAPSHOT = (environment: string, namespace: string): string =>
  `/client/v2/environments/${environment}/namespaces/${namespace}/snapshot`;

/** A daemon with two environments that exports what it serves. */
async function exporting(t: ExecutionContext, sink: Readonly<Record<string, unknown>> = {}) {
  const files = Object.entries(EXAMPLE_FILES);
  const both = Object.fromEntries(
    files.flatMap(([path, text]) => [
      [`main/${path}`, text],
      [`live/${path}`, text],
    ]),
  );
  const repository = await temporaryRepository(t, { files: both });
  const path = join(await temporaryDirectory(t), "flags");
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
    environments: {
      default: { storage: "default", directory: "main", default: true },
      production: { storage: "default", directory: "live" },
    },
    sinks: { cdn: { type: "export", path, ...sink } },
  });
  await (await daemon.start()).settled;
  const served = async (environment: string, namespace: string): Promise<string> =>
    (await fetch(`${daemon.url()}${SNAPSHOT(environment, namespace)}`)).text();
  const put = async (environment: string, namespace: string, enabled: boolean): Promise<void> => {
    const payload = { "@type": "flipt.core.Flag", key: "exported", name: "x", type: "BOOLEAN_FLAG_TYPE", enabled };
    const resources = `/api/v2/environments/${environment}/namespaces/${namespace}/resources`;
    const body = JSON.stringify({ key: "exported", payload });
    for (const method of ["PUT", "POST"]) {
      const { status } = await fetch(`${daemon.url()}${resources}`, { method, body });
      if (status === 200) return;
    }
    t.fail("the flag was not written");
  };
  return { daemon, repository, path, served, put };
}

test("nginx over the directory feeds an official client, unchanged, with the bytes that the daemon serves", async (t) => {
  if (skipUnless(t, missingPrograms("nginx"))) return;
  const { path, served, put } = await exporting(t);
  await eventually(
    () => readExported(path),
    ({ default: one, production }) => one !== undefined && production !== undefined,
  );
  const url = await nginxOver(t, path);
  for (const environment of ["default", "production"]) {
    const answer = await plainFetch(`${url}${SNAPSHOT(environment, "default")}`);
    t.is(answer.headers.get("content-type"), "application/json");
    t.is(answer.headers.get("cache-control"), "no-cache");
    t.is(await answer.text(), await served(environment, "default"));
  }
  const clients = await Promise.all(
    [undefined, "production"].map(
      (environment): Promise<FliptClient> =>
        FliptClient.init({ url, namespace: "default", ...(environment && { environment }), updateInterval: 0 }),
    ),
  );
  t.teardown(() => {
    for (const client of clients) client.close();
  });
  const [main, live] = clients as [FliptClient, FliptClient];
  t.true(main.evaluateBoolean({ flagKey: "banner", entityId: "u", context: {} }).enabled);
  t.false(await main.refresh(), "nothing has changed, and nginx says so");
  // The same size, within the same second: only the time that the file was given tells them apart.
  for (const enabled of [true, false, true, false]) {
    await put("production", "default", enabled);
    const now = await served("production", "default");
    await eventually(
      async () => (await readExported(path)).production?.default,
      (text) => text === now,
    );
    t.true(await live.refresh());
    t.is(live.evaluateBoolean({ flagKey: "exported", entityId: "u", context: {} }).enabled, enabled);
    t.false(await live.refresh());
    t.false(await main.refresh(), "the other environment is as it was");
  }
  const { environments } = await readIndex(path);
  const { file = "" } = environments.production?.namespaces.default ?? {};
  const forever = await plainFetch(`${url}/${file}`);
  t.regex(forever.headers.get("cache-control") ?? "", /immutable/);
  t.is(await forever.text(), await served("production", "default"));
  const hidden = ["/.retired.json", "/trees/", "/client/v2/environments/nope/namespaces/default/snapshot"];
  for (const place of hidden) t.is((await plainFetch(`${url}${place}`)).status, 404, place);
  const climb = { "x-flipt-environment": "../../../index.json" };
  const legacy = "/internal/v1/evaluation/snapshot/namespace/default";
  t.is((await plainFetch(`${url}${legacy}`, { headers: climb })).status, 404);
  t.deepEqual(await exportFaults(path), []);
});

test("namespaces and branches that go are exported no more, and the filter says what is", async (t) => {
  const { daemon, path, repository } = await exporting(t, { filter: { environments: ["default", "try*"] } });
  await eventually(
    () => readExported(path),
    ({ default: one }) => one !== undefined,
  );
  const branches = `${daemon.url()}/api/v2/environments/default/branches`;
  const made = await fetch(branches, { method: "POST", body: JSON.stringify({ key: "try-it" }) });
  t.is(made.status, 200, await made.text());
  const shown = async (): Promise<readonly string[]> => Object.keys(await readExported(path)).sort();
  await eventually(shown, (names) => names.join() === "default,try-it");
  t.is((await fetch(`${branches}/try-it`, { method: "DELETE" })).status, 200);
  await eventually(shown, (names) => names.join() === "default");
  const before = Object.keys((await readExported(path)).default ?? {});
  await repository.commit({ "main/extra/features.yaml": "namespace: extra\nflags: []\n" });
  await eventually(
    async () => Object.keys((await readExported(path)).default ?? {}),
    (names) => names.length === before.length + 1,
  );
  await repository.commit({ "main/extra/features.yaml": undefined });
  await eventually(
    async () => Object.keys((await readExported(path)).default ?? {}),
    (names) => names.length === before.length,
  );
  const { sinks } = (await (await fetch(`${daemon.url()}/api/status`)).json()) as { sinks: Record<string, unknown>[] };
  t.like(sinks[0], { name: "cdn", state: "ready", lag: { commits: 0, seconds: 0 } });
  t.true(Number(sinks[0]?.delivered) >= 4);
});
