import test from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { type Answered, bearer, CALLERS, rightsConfig, rightsDaemon } from "../helpers/http/rights-daemon.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const FEATURES = "version: '1.4'\nflags:\n  - { key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true }\n";
const DENIED = { code: 7, message: "permission denied", details: [] };
const E = "/api/v2/environments";
const client = (environment: string, namespace = "default", what = "snapshot"): string =>
  `/client/v2/environments/${environment}/namespaces/${namespace}/${what}`;
const asked = (environmentKey: string, namespaceKey = "default"): object => ({
  environmentKey,
  namespaceKey,
  flagKey: "on",
  entityId: "e",
});
const payload = (name: string): object => ({
  key: "on",
  payload: { "@type": "flipt.core.Flag", key: "on", name, type: "BOOLEAN_FLAG_TYPE" },
});

test.serial("who has no right is refused on every kind of evaluation, in its own form", async (t) => {
  const { as, url } = await rightsDaemon(t);
  for (const path of ["/evaluate/v1/boolean", "/evaluate/v1/variant"]) {
    const { status, body } = await as("nobody", "POST", path, asked("staging"));
    t.deepEqual([status, body], [403, DENIED]);
  }
  for (const path of [client("staging"), "/internal/v1/evaluation/snapshot/namespace/default"]) {
    const { status, body } = await as("nobody", "GET", path);
    t.deepEqual([status, body], [403, DENIED]);
  }
  const single = await as("nobody", "POST", "/ofrep/v1/evaluate/flags/on", {});
  t.deepEqual(
    [single.status, single.body],
    [403, { key: "on", errorCode: "GENERAL", errorDetails: "permission denied" }],
  );
  const bulk = await as("nobody", "POST", "/ofrep/v1/evaluate/flags", {});
  t.deepEqual([bulk.status, bulk.body], [403, { errorCode: "GENERAL", errorDetails: "permission denied" }]);
  const lines = await openStream(t, `${url()}${client("staging", "default", "stream")}`, bearer("nobody"));
  await lines.ended;
  t.deepEqual([lines.status, JSON.parse(lines.text())], [403, { error: DENIED }]);
  const accept = { Accept: "text/event-stream" };
  for (const path of [client("staging", "default", "stream"), "/ofrep/v1/_stream/staging/default/events"]) {
    const events = await openStream(t, `${url()}${path}`, { ...bearer("nobody"), ...accept });
    await events.ended;
    t.is(events.status, 403);
    t.is(events.text(), 'data: {"code":7,"message":"permission denied","type":"error"}\n\n');
  }
});

test.serial("the environment that answers is judged, after the fallbacks", async (t) => {
  const { as } = await rightsDaemon(t);
  const evaluated = async (key: string, headers: Record<string, string> = {}): Promise<readonly unknown[]> => {
    const { status, body } = await as("viewer", "POST", "/evaluate/v1/boolean", asked(key), headers);
    return [status, status === 200 ? body.enabled : body.message];
  };
  t.deepEqual(await evaluated("staging"), [200, true]);
  t.deepEqual(await evaluated("production"), [403, "permission denied"]);
  // Nobody's key means the default environment, which is production.
  t.deepEqual(await evaluated("nope"), [403, "permission denied"]);
  t.deepEqual(await evaluated(""), [403, "permission denied"]);
  // A name that nobody has is judged as well, as that of a hidden environment would be.
  t.deepEqual(await evaluated("nope", { "X-Flipt-Environment": "staging" }), [403, "permission denied"]);
  t.deepEqual(await evaluated("stagnant", { "X-Flipt-Environment": "staging" }), [200, true]);
  t.is((await as("root", "POST", "/evaluate/v1/boolean", asked("nope"))).status, 200);
  t.deepEqual(await evaluated("nope", { "X-Flipt-Environment": "missing" }), [403, "permission denied"]);
  t.is(
    (await as("root", "POST", "/evaluate/v1/boolean", asked("nope"), { "X-Flipt-Environment": "missing" })).status,
    404,
  );
  t.is((await as("viewer", "GET", client("nope"))).status, 403);
  t.is((await as("viewer", "GET", client("staging"))).status, 200);
  const bulk = (headers: Record<string, string>): Promise<Answered> =>
    as("viewer", "POST", "/ofrep/v1/evaluate/flags", {}, headers);
  t.is((await bulk({})).status, 403);
  t.is((await bulk({ "X-Flipt-Environment": "staging" })).status, 200);
});

test.serial("knowing the digest opens nothing", async (t) => {
  const { as } = await rightsDaemon(t);
  const { headers } = await as("root", "GET", client("production"));
  const etag = headers.get("etag") ?? "";
  t.not(etag, "");
  t.is((await as("root", "GET", client("production"), undefined, { "If-None-Match": etag })).status, 304);
  t.is((await as("viewer", "GET", client("production"), undefined, { "If-None-Match": etag })).status, 403);
  const bulk = await as("root", "POST", "/ofrep/v1/evaluate/flags", {});
  const tag = { "If-None-Match": bulk.headers.get("etag") ?? "" };
  t.is((await as("root", "POST", "/ofrep/v1/evaluate/flags", {}, tag)).status, 304);
  t.is((await as("viewer", "POST", "/ofrep/v1/evaluate/flags", {}, tag)).status, 403);
});

test.serial("a batch answers what may be evaluated, and the rest as failed", async (t) => {
  const { as } = await rightsDaemon(t);
  const requests = [asked("staging", "team-a"), asked("production"), asked("staging"), asked("staging", "hidden")];
  // The first time nothing is known yet, the second time all is.
  for (let round = 0; round < 2; round += 1) {
    const { status, body } = await as("team", "POST", "/evaluate/v1/batch", { requests });
    t.is(status, 200);
    t.true(body.responses[0].booleanResponse.enabled);
    for (const [index, namespaceKey] of [
      [1, "default"],
      [2, "default"],
      [3, "hidden"],
    ] as const) {
      t.deepEqual(body.responses[index], {
        type: "ERROR_EVALUATION_RESPONSE_TYPE",
        errorResponse: { flagKey: "on", namespaceKey, reason: "UNKNOWN_ERROR_EVALUATION_REASON" },
      });
    }
  }
  const missing = { "X-Flipt-Environment": "missing" };
  const hidden = await as("team", "POST", "/evaluate/v1/batch", { requests: [asked("nope")] }, missing);
  t.is(hidden.body.responses[0].errorResponse.reason, "UNKNOWN_ERROR_EVALUATION_REASON");
  t.is((await as("root", "POST", "/evaluate/v1/batch", { requests: [asked("nope")] }, missing)).status, 404);
});

test.serial("lists show only what may be read", async (t) => {
  const { as } = await rightsDaemon(t);
  const environments = async (token: string): Promise<readonly string[]> =>
    (await as(token, "GET", E)).body.environments.map(({ key }: { key: string }) => key).sort();
  t.deepEqual(await environments("root"), ["elsewhere", "production", "staging"]);
  t.deepEqual(await environments("viewer"), ["staging"]);
  t.deepEqual(await environments("team"), ["staging"]);
  t.deepEqual(await environments("nobody"), []);
  t.deepEqual(await environments("syncer"), []);
  const namespaces = async (token: string, environment: string): Promise<readonly unknown[]> => {
    const { status, body } = await as(token, "GET", `${E}/${environment}/namespaces`);
    return status === 200 ? body.items.map(({ key }: { key: string }) => key).sort() : [status, body.message];
  };
  t.deepEqual(await namespaces("root", "staging"), ["default", "team-a"]);
  t.deepEqual(await namespaces("team", "staging"), ["team-a"]);
  t.deepEqual(await namespaces("team", "production"), [403, "permission denied"]);
  t.deepEqual(await namespaces("team", "nope"), [403, "permission denied"]);
  t.deepEqual(await namespaces("root", "nope"), [404, 'environment: "nope" not found']);
  const status = await as("viewer", "GET", "/api/status");
  t.deepEqual(
    status.body.storages.map(({ id, environments: keys }: { id: string; environments: string[] }) => [id, keys]),
    [["main", ["staging"]]],
  );
  t.deepEqual((await as("nobody", "GET", "/api/status")).body.storages, []);
  t.is((await as("root", "GET", "/api/status")).body.storages.length, 2);
});

test.serial("what is hidden and what does not exist are answered alike", async (t) => {
  const { as } = await rightsDaemon(t);
  const paths = (environment: string, namespace: string): readonly string[] => [
    `${E}/${environment}/namespaces`,
    `${E}/${environment}/namespaces/${namespace}`,
    `${E}/${environment}/namespaces/${namespace}/resources/flipt.core.Flag`,
    `${E}/${environment}/namespaces/${namespace}/resources/flipt.core.Flag/on`,
    `${E}/${environment}/history`,
    `${E}/${environment}/namespaces/${namespace}/history`,
    `${E}/${environment}/branches`,
    `/api/v1/namespaces/${namespace}/flags?environmentKey=${environment}`,
    `/api/v1/flags?namespaceKey=${namespace}&environmentKey=${environment}`,
  ];
  for (const [environment, namespace] of [
    ["production", "team-a"],
    ["nope", "team-a"],
    ["staging", "default"],
    ["staging", "nope"],
  ] as const) {
    const asTeam = paths(environment, namespace).filter(
      (path) => environment !== "staging" || path.includes(namespace),
    );
    for (const path of asTeam) {
      const { status, body } = await as("team", "GET", path);
      t.deepEqual([status, body], [403, DENIED], path);
    }
  }
  // One namespace is no whole environment.
  t.is((await as("team", "GET", `${E}/staging/history`)).status, 403);
  t.is((await as("viewer", "GET", `${E}/staging/history`)).status, 200);
  t.is((await as("team", "GET", `${E}/staging/namespaces/team-a/history`)).status, 200);
});

test.serial("what may not be written is refused before anything is committed", async (t) => {
  const { as } = await rightsDaemon(t);
  const heads = async (): Promise<readonly string[]> => [
    (await as("root", "GET", `${E}/staging/namespaces`)).body.revision,
    (await as("root", "GET", `${E}/production/namespaces`)).body.revision,
  ];
  const before = await heads();
  const refused = async (token: string, method: string, path: string, body?: unknown): Promise<void> => {
    const answer = await as(token, method, `${E}${path}`, body);
    t.deepEqual([answer.status, answer.body], [403, DENIED], `${token} ${method} ${path}`);
  };
  const place = "/staging/namespaces/default/resources";
  for (const token of ["viewer", "nobody", "team", "syncer", "brancher"]) {
    await refused(token, "POST", place, { ...payload("x"), namespaceKey: "team-a", environmentKey: "staging" });
    await refused(token, "PUT", place, payload("x"));
    await refused(token, "DELETE", `${place}/flipt.core.Flag/on`);
    await refused(token, "POST", "/staging/namespaces", { key: "new" });
    await refused(token, "PUT", "/staging/namespaces", { key: "default", name: "x" });
    await refused(token, "DELETE", "/staging/namespaces/default");
    await refused(token, "POST", "/staging/namespaces/default/rollback", { to: before[0] });
    await refused(token, "POST", `${place}/flipt.core.Flag/on/rollback`, { to: before[0] });
  }
  for (const token of ["editor", "viewer", "team", "syncer", "nobody"]) {
    await refused(token, "POST", "/staging/branches", { key: "b" });
    await refused(token, "DELETE", "/staging/branches/b");
    await refused(token, "POST", "/staging/branches/b", {});
  }
  await refused("editor", "PUT", "/production/namespaces/default/resources", payload("x"));
  await refused("brancher", "POST", "/production/branches", { key: "b" });
  t.deepEqual(await heads(), before);
  t.is((await as("team", "PUT", `${E}/staging/namespaces/team-a/resources`, payload("mine"))).status, 200);
  t.is((await as("editor", "PUT", `${E}${place}`, payload("mine"))).status, 200);
  const sync = async (token: string, storage: string): Promise<number> =>
    (await as(token, "POST", `/api/storages/${storage}/sync`)).status;
  t.deepEqual(
    [
      await sync("syncer", "main"),
      await sync("syncer", "other"),
      await sync("syncer", "nope"),
      await sync("root", "nope"),
    ],
    [202, 403, 403, 404],
  );
  const waited = await as("syncer", "POST", "/api/storages/main/sync?wait=true");
  t.deepEqual([waited.status, waited.body.environments], [200, []]);
});

test.serial(
  "a branch is judged by its own key or by its base's, also when its key meant something else before",
  async (t) => {
    const { as } = await rightsDaemon(t);
    const flags = (token: string, environment: string): Promise<Answered> =>
      as(token, "GET", `${E}/${environment}/namespaces/default/resources/flipt.core.Flag`);
    t.is((await flags("viewer", "b")).status, 403);
    t.is((await as("brancher", "POST", `${E}/staging/branches`, { key: "b" })).status, 200);
    t.is((await flags("viewer", "b")).status, 200);
    t.is((await as("viewer", "POST", "/evaluate/v1/boolean", asked("b"))).status, 200);
    t.is((await as("editor", "PUT", `${E}/b/namespaces/default/resources`, payload("x"))).status, 200);
    t.is((await as("brancher", "DELETE", `${E}/staging/branches/b`)).status, 200);
    t.is((await flags("viewer", "b")).status, 403);
    t.is((await as("root", "POST", `${E}/production/branches`, { key: "b" })).status, 200);
    t.is((await flags("viewer", "b")).status, 403);
    t.is((await as("viewer", "POST", "/evaluate/v1/boolean", asked("b"))).status, 403);
    t.is((await as("root", "POST", `${E}/production/branches`, { key: "feat-1" })).status, 200);
    t.is((await flags("feat-1", "feat-1")).status, 200);
    t.is((await flags("feat-1", "production")).status, 403);
  },
);

test.serial(
  "who is authenticated sees itself and the server, whatever its rights; what is excluded is not judged",
  async (t) => {
    const { as } = await rightsDaemon(t, rightsConfig(undefined, { exclude: { evaluation: true } }));
    for (const path of ["/auth/v1/self", "/meta/info", "/openapi.json"]) {
      t.is((await as("nobody", "GET", path)).status, 200, path);
    }
    t.is((await as("nobody", "POST", "/evaluate/v1/boolean", asked("production"))).status, 200);
    t.is((await as("nobody", "GET", client("production"))).status, 200);
    t.is((await as("nobody", "POST", "/ofrep/v1/evaluate/flags", {})).status, 403);
    t.is((await as("nobody", "GET", `${E}/production/namespaces`)).status, 403);
  },
);

test.serial("without required rights everybody who is authenticated may do everything", async (t) => {
  const { as } = await rightsDaemon(t, { ...rightsConfig(), authorization: { required: false } });
  for (const token of CALLERS) {
    t.is((await as(token, "GET", `${E}/production/namespaces`)).status, 200);
    t.is((await as(token, "POST", "/evaluate/v1/boolean", asked("production"))).status, 200);
  }
});

test.serial("refusals are told in the log with who, what and where, once a minute", async (t) => {
  const { as, lines } = await rightsDaemon(t);
  for (let count = 0; count < 5; count += 1) {
    await as("nobody", "GET", `${E}/production/namespaces/default/resources/flipt.core.Flag`);
    await as("nobody", "POST", "/evaluate/v1/boolean", asked("production"));
  }
  const refused = lines.filter(({ event }) => event === "access.refused");
  t.deepEqual(
    refused.map(({ actor, action, environment, namespace }) => [actor, action, environment, namespace]),
    [
      ["token:nobody", "read", "production", "default"],
      ["token:nobody", "evaluate", "production", "default"],
    ],
  );
});

test.serial("names that a caller invents do not fill the log", async (t) => {
  const { as, lines } = await rightsDaemon(t);
  for (let index = 0; index < 40; index += 1) {
    t.is((await as("nobody", "GET", `${E}/e${index}/namespaces`)).status, 403);
  }
  t.is((await as("viewer", "GET", `${E}/production/namespaces`)).status, 403);
  const actors = lines.filter(({ event }) => event === "access.refused").map(({ actor }) => actor);
  t.deepEqual(actors, [...Array.from({ length: 10 }, () => "token:nobody"), "token:viewer"]);
});

test.serial("a branch's key does not tell of environments that may not be seen", async (t) => {
  const { as } = await rightsDaemon(t);
  const branch = (token: string, key: string): Promise<Answered> => as(token, "POST", `${E}/staging/branches`, { key });
  for (const hidden of ["production", "PRODUCTION", "elsewhere"]) {
    const { status, body } = await branch("brancher", hidden);
    t.deepEqual([status, body], [403, DENIED], hidden);
  }
  t.is((await branch("root", "production")).status, 409);
  t.is((await branch("brancher", "mine")).status, 200);
  // Whoever may branch the base may know of its branches.
  t.is((await branch("brancher", "mine")).status, 409);
  t.is((await branch("brancher", "staging")).status, 409);
});

test.serial(
  "who may branch an environment does not show it to all who have rights for names like the branch's",
  async (t) => {
    const rights = {
      roles: {
        root: [{ actions: ["evaluate", "read", "write", "branch"] }],
        reader: [{ actions: ["read"], environments: ["dev-*"] }],
        brancher: [{ actions: ["branch"], environments: ["production"] }],
        opener: [{ actions: ["branch"], environments: ["production", "dev-*"] }],
      },
      bindings: [
        { role: "root", match: { token: "root" } },
        { role: "reader", match: { token: "viewer" } },
        { role: "brancher", match: { token: "brancher" } },
        { role: "brancher", match: { token: "editor" } },
        { role: "reader", match: { token: "editor" } },
        { role: "opener", match: { token: "team" } },
      ],
    };
    const { as } = await rightsDaemon(t, rightsConfig(rights));
    const branch = async (token: string, key: string): Promise<number> =>
      (await as(token, "POST", `${E}/production/branches`, { key })).status;
    const shown = async (key: string): Promise<number> => (await as("viewer", "GET", `${E}/${key}/namespaces`)).status;
    t.is(await shown("production"), 403);
    for (const token of ["brancher", "editor"]) {
      t.deepEqual([await branch(token, "dev-x"), await shown("dev-x")], [403, 404], token);
    }
    t.is(await branch("brancher", "mine"), 200, "a name that nobody has rights by");
    t.is(await shown("mine"), 403);
    t.deepEqual([await branch("team", "dev-x"), await shown("dev-x")], [200, 200]);
    t.is(await branch("root", "dev-y"), 200);
  },
);

test.serial("what a storage's error says is for those who may read all of it", async (t) => {
  const repository = await temporaryRepository(t, { files: { "staging/default/features.yaml": FEATURES } });
  const remote = await startGitHttpServer(t, repository.path);
  const { storage, ...config } = rightsConfig();
  const daemon = await inProcessDaemon(t, {
    ...config,
    storage: { ...(storage as object), main: { remote: remote.url, backend: { type: "memory" } } },
  });
  await (await daemon.start()).settled;
  await remote.close();
  const asked = async (token: string, method: string, path: string): Promise<Answered["body"]> => {
    const response = await fetch(`${daemon.url()}${path}`, { method, headers: bearer(token) });
    t.is(response.status, 200);
    return response.json();
  };
  const main = async (token: string): Promise<Answered["body"]> => {
    const { storages } = await asked(token, "GET", "/api/status");
    return storages.find(({ id }: { id: string }) => id === "main").lastError;
  };
  const polled = await asked("syncer", "POST", "/api/storages/main/sync?wait=true");
  const full = await main("root");
  t.regex(full.message, /127\.0\.0\.1/);
  for (const cut of [polled.lastError, await main("viewer")]) {
    t.deepEqual([cut.code, cut.step], [full.code, full.step]);
    t.notRegex(JSON.stringify(cut), /127\.0\.0\.1/);
  }
});

test.serial("callers are told what they may change, as it is judged when they do", async (t) => {
  const { as } = await rightsDaemon(t);
  const told = async (token: string, environment: string, namespace = "default"): Promise<unknown> => {
    const { status, body } = await as(token, "GET", `${E}/${environment}/namespaces/${namespace}/rights`);
    return status === 200 ? body : status;
  };
  const write = (may: boolean): object => ({ create: may, update: may, delete: may });
  const branch = (may: boolean): object => ({ create: may, delete: may });
  t.deepEqual(await told("root", "production"), { write: write(true), branch: branch(true) });
  t.deepEqual(await told("editor", "staging"), { write: write(true), branch: branch(false) });
  t.deepEqual(await told("viewer", "staging"), { write: write(false), branch: branch(false) });
  t.deepEqual(await told("team", "staging", "team-a"), { write: write(true), branch: branch(false) });
  t.is(await told("team", "staging"), 403, "whoever may not read is told nothing");
  t.is(await told("viewer", "production"), 403);
  t.is(await told("root", "nowhere"), 404);
});
