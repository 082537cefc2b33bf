import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SinkEvent } from "@vexil/plugin-api";
import test from "ava";
import { acmeDaemon } from "../helpers/access/acme-daemon.js";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { endsOf, eventsOf, lastIdOf } from "../helpers/http/event-stream.js";
import { openStream } from "../helpers/http/open-stream.js";
import { bearer, RIGHTS, rightsConfig, rightsDaemon } from "../helpers/http/rights-daemon.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const EVENTS = "/api/v2/events";
const placesOf = (events: readonly SinkEvent[]): readonly string[] => [
  ...new Set(events.map((event) => ("namespace" in event ? `${event.environment}/${event.namespace}` : event.kind))),
];
const flag = (enabled: boolean) => ({
  key: "on",
  payload: { "@type": "flipt.core.Flag", key: "on", name: "on", type: "BOOLEAN_FLAG_TYPE", enabled },
});
const resources = (environment: string, namespace: string): string =>
  `/api/v2/environments/${environment}/namespaces/${namespace}/resources`;
const ENDED = [{ type: "error", code: 7, message: "permission denied" }];

test("a caller is told of what may be read, and nothing else shows that there is more", async (t) => {
  const { as, url } = await rightsDaemon(t);
  const told = async (token: string, query = "", position = ""): Promise<string> => {
    const headers = { ...bearer(token), ...(position === "" ? {} : { "Last-Event-ID": position }) };
    const response = await fetch(`${url()}${EVENTS}?follow=false&from=beginning${query}`, { headers });
    t.is(response.status, 200, `${token} ${query}`);
    return response.text();
  };
  const all = await told("root");
  t.deepEqual(placesOf(eventsOf(all)).length, 4);
  t.deepEqual(placesOf(eventsOf(await told("team"))), ["staging/team-a"]);
  t.deepEqual(placesOf(eventsOf(await told("viewer"))), ["staging/team-a", "staging/default"]);
  const own = eventsOf(all).filter((event) => "namespace" in event && event.environment === "staging");
  t.deepEqual(eventsOf(await told("viewer")), own);
  // Where somebody else has come to shows nothing more, and says nothing of what may not be seen.
  const first = /^id: (\S+)\ndata/m.exec(all)?.[1] ?? "";
  t.deepEqual(placesOf(eventsOf(await told("team", "", first))), ["staging/team-a"]);
  const heads = eventsOf(all).flatMap((event) =>
    "environment" in event && event.environment === "production" ? [event.revision] : [],
  );
  const position = Buffer.from(lastIdOf(await told("team")) ?? "", "base64url").toString("hex");
  t.is(position.length / 2, 3 + 6 + 1 + 20 + 1 + 12, "one environment");
  t.true(heads.length > 0);
  const refused = await Promise.all(
    ["?environment=production", "?environment=invented", "?environment=prod*", "?environment=production&from=v1"].map(
      (query) => as("viewer", "GET", EVENTS + query),
    ),
  );
  for (const { status, body } of refused) t.deepEqual([status, body], [403, refused[0]?.body]);
  for (const nobody of ["nobody", "syncer", "brancher"]) t.is((await as(nobody, "GET", EVENTS)).status, 403, nobody);
  t.is((await fetch(`${url()}${EVENTS}`)).status, 401);
});

test("a right that is taken away ends a stream on all workers, one that is given shows more, and others go on", async (t) => {
  t.timeout(120_000);
  const directory = await temporaryDirectory(t);
  const binding = (token: string, role: string) => ({ role, match: { token } });
  const rights = (...bindings: readonly object[]) => ({ ...RIGHTS, bindings });
  const root = binding("root", "root");
  const daemon = await startDaemon(t, {
    cwd: directory,
    config: {
      ...rightsConfig(rights(root, binding("viewer", "viewer"), binding("team", "team"))),
      server: { workers: 2 },
    },
  });
  const put = async (environment: string, namespace: string, enabled: boolean): Promise<void> => {
    const method = enabled ? "POST" : "PUT";
    const answer = await daemon.call(method, resources(environment, namespace), flag(enabled), bearer("root"));
    t.is(answer.status, 200, JSON.stringify(answer.body));
  };
  for (const environment of ["staging", "production"]) await put(environment, "default", true);
  const made = { key: "team-a", name: "Team A" };
  t.is((await daemon.post("/api/v2/environments/staging/namespaces", made, bearer("root"))).status, 200);
  const open = async (token: string) => {
    const stream = await openStream(t, `${daemon.url}${EVENTS}`, bearer(token));
    t.is(stream.status, 200);
    await stream.until((text) => lastIdOf(text) !== undefined);
    return stream;
  };
  const losing = await Promise.all(Array.from({ length: 6 }, () => open("viewer")));
  const [keeping, gaining] = [await open("root"), await open("team")];
  const changed = rightsConfig(rights(root, binding("team", "root")));
  const text = { version: "2.0", ...changed, server: { host: "127.0.0.1", http_port: 0, workers: 2 } };
  await writeFile(
    join(directory, "vexil.json"),
    JSON.stringify({ ...text, log: { encoding: "json", level: "debug" } }),
  );
  daemon.child.kill("SIGHUP");
  await Promise.all(losing.map(({ ended }) => ended));
  for (const stream of losing) t.deepEqual(endsOf(stream.text()), ENDED);
  await daemon.line(({ event }) => event === "access.changed");
  t.is((await daemon.get(EVENTS, bearer("viewer"))).status, 403);
  await eventually(
    async () => {
      await put("production", "default", false);
      await put("staging", "default", false);
      return placesOf(eventsOf(gaining.text()));
    },
    (places) => places.includes("production/default"),
  );
  await keeping.until((seen) => placesOf(eventsOf(seen)).length === 2);
  await gaining.until((seen) => placesOf(eventsOf(seen)).length === 2);
  for (const stream of losing) t.is(eventsOf(stream.text()).length, 0);
  t.deepEqual(endsOf(keeping.text()), []);
});

test("that a storage fails is told with the reason to who may read everything, and without to others", async (t) => {
  t.timeout(120_000);
  const repository = await temporaryRepository(t, { files: { "staging/team-a/features.yaml": "namespace: team-a" } });
  const config = rightsConfig();
  const storage = { main: { remote: repository.path, poll_interval: "1s", fetch_policy: "strict" } };
  const daemon = await startDaemon(t, {
    config: {
      ...config,
      storage: { ...(config.storage as object), ...storage },
    },
  });
  const open = (token: string) => openStream(t, `${daemon.url}${EVENTS}?kind=storage`, bearer(token));
  const [root, team] = [await open("root"), await open("team")];
  for (const stream of [root, team]) await stream.until((text) => lastIdOf(text) !== undefined);
  await rename(repository.path, `${repository.path}.away`);
  for (const stream of [root, team]) await stream.until((text) => eventsOf(text).length === 1);
  const [shown, cut] = [eventsOf(root.text())[0], eventsOf(team.text())[0]];
  t.like(shown, { kind: "storage", storage: "main", before: "ready", after: "failed" });
  t.is(cut?.id, shown?.id);
  t.true(JSON.stringify(shown).includes(repository.path));
  t.false(team.text().includes(repository.path));
  // Whoever was away is told what has become of it, and of no more than that.
  const position = lastIdOf(root.text()) ?? "";
  await rename(`${repository.path}.away`, repository.path);
  await root.until((text) => eventsOf(text).length === 2);
  const headers = { ...bearer("root"), "Last-Event-ID": position };
  const late = await openStream(t, `${daemon.url}${EVENTS}?kind=storage`, headers);
  await late.until((text) => eventsOf(text).length === 1);
  t.deepEqual(eventsOf(late.text())[0], eventsOf(root.text())[1]);
});

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(
    `${processes}: a browser's session opens a stream, a page of another origin none, and a logout ends it`,
    async (t) => {
      const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
      const acme = await acmeDaemon(t, { workers, storage: { backend: { type: "local", path: repository.path } } });
      const ada = await acme.login();
      const url = acme.daemon.url();
      const stream = await openStream(t, `${url}${EVENTS}`, { ...ada.session, Accept: "text/event-stream" });
      t.is(stream.status, 200);
      await repository.commit({ "ops/features.yaml": undefined });
      await stream.until((text) => eventsOf(text).length > 0);
      const foreign = [
        { Origin: "https://evil.example" },
        { Origin: "null" },
        { "Sec-Fetch-Site": "cross-site" },
        { "Sec-Fetch-Site": "same-site" },
        { Origin: "https://evil.example", "Sec-Fetch-Site": "same-origin" },
      ];
      for (const headers of foreign) {
        const answer = await openStream(t, `${url}${EVENTS}`, { ...ada.session, ...headers } as Record<string, string>);
        t.is(answer.status, 403, JSON.stringify(headers));
        answer.close();
      }
      const own = { ...ada.session, Origin: url, "Sec-Fetch-Site": "same-origin" };
      const page = await openStream(t, `${url}${EVENTS}`, own);
      t.is(page.status, 200);
      t.is((await acme.send("self/expire", { method: "PUT", headers: ada.session })).status, 200);
      await Promise.all([stream.ended, page.ended]);
      t.like(endsOf(stream.text())[0], { type: "error", code: 16 });
      t.is((await openStream(t, `${url}${EVENTS}`, ada.session)).status, 401);
    },
  );
}
