import test, { type ExecutionContext } from "ava";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import type { RecordedLine } from "../helpers/daemon/recorder.js";
import { type FaultServer, startFaultServer } from "../helpers/git-servers/fault-server.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { bearer, rightsConfig } from "../helpers/http/rights-daemon.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const FEATURES = "version: '1.4'\nflags:\n  - { key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true }\n";
const TEAM = `namespace: { key: team-a, name: A }\n${FEATURES}`;
const PATH = "access/policies.yaml";
const policies = (actions: string): string =>
  `roles: { reader: [{ actions: [${actions}], environments: [staging] }] }\nbindings: [{ role: reader, match: { token: viewer } }]\n`;
const READ = "/api/v2/environments/staging/namespaces";
const EVALUATE = "/client/v2/environments/staging/namespaces/default/snapshot";

/** Root's rights stand in the configuration, everybody else's in the repository. */
const CONFIGURED = {
  roles: { root: [{ actions: ["read", "sync"] }] },
  bindings: [{ role: "root", match: { token: "root" } }],
};

interface Started {
  readonly repository: TemporaryRepository;
  readonly url: () => string;
  readonly lines: readonly RecordedLine[];
  readonly status: (token: string, path: string) => Promise<number>;
  /** Commits, and waits until the daemon has looked at it. */
  readonly commit: (
    files: Readonly<Record<string, string | undefined>>,
    seen: (line: RecordedLine) => boolean,
  ) => Promise<void>;
  readonly warnings: () => Promise<readonly string[]>;
}

async function start(
  t: ExecutionContext,
  files: Readonly<Record<string, string>>,
  prepare: (repository: TemporaryRepository) => Promise<void> = async () => {},
  serve: (repository: string, lines: () => readonly RecordedLine[]) => Promise<{ readonly url: string }> = (path) =>
    startGitHttpServer(t, path),
): Promise<Started> {
  const repository = await temporaryRepository(t, {
    files: { "staging/default/features.yaml": FEATURES, "production/default/features.yaml": FEATURES, ...files },
  });
  await prepare(repository);
  let told: readonly RecordedLine[] = [];
  const remote = await serve(repository.path, () => told);
  const { storage, ...config } = rightsConfig({ ...CONFIGURED, storage: "main", path: PATH });
  const daemon = await inProcessDaemon(t, {
    ...config,
    storage: { ...(storage as object), main: { remote: remote.url, backend: { type: "memory" } } },
  });
  told = daemon.lines;
  await (await daemon.start()).settled;
  const fetched = (token: string, path: string, method = "GET"): Promise<Response> =>
    fetch(`${daemon.url()}${path}`, { method, headers: bearer(token) });
  return {
    repository,
    url: daemon.url,
    lines: daemon.lines,
    status: async (token, path) => {
      const response = await fetched(token, path);
      await response.text();
      return response.status;
    },
    commit: async (changes, seen) => {
      const before = daemon.lines.length;
      await repository.commit(changes);
      const synced = await fetched("root", "/api/storages/main/sync?wait=true", "POST");
      t.is(synced.status, 200, await synced.text());
      const end = Date.now() + 60_000;
      while (!daemon.lines.slice(before).some(seen)) {
        if (Date.now() > end) throw new Error(JSON.stringify(daemon.lines.slice(before)));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    warnings: async () => {
      const { storages } = (await (await fetched("root", "/api/status")).json()) as {
        storages: { id: string; warnings?: string[] }[];
      };
      return storages.find(({ id }) => id === "main")?.warnings ?? [];
    },
  };
}

const applied = ({ event, reason }: RecordedLine): boolean => event === "access.changed" && reason === "policies";
const rejected = ({ event }: RecordedLine): boolean => event === "policies.rejected";

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error("not within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("policies in the repository count beside those of the configuration, and change with its states", async (t) => {
  const { status, commit, url } = await start(t, { [PATH]: policies("read, evaluate") });
  await until(async () => (await status("viewer", READ)) === 200);
  t.deepEqual([await status("root", READ), await status("root", EVALUATE)], [200, 403]);
  t.deepEqual([await status("viewer", EVALUATE), await status("nobody", READ)], [200, 403]);
  const stream = await openStream(t, `${url()}${EVALUATE.replace("snapshot", "stream")}`, bearer("viewer"));
  t.is(stream.status, 200);
  await commit({ [PATH]: policies("read") }, applied);
  await stream.ended;
  t.regex(stream.text(), /permission denied/);
  t.deepEqual([await status("viewer", READ), await status("viewer", EVALUATE)], [200, 403]);
});

test("a start with faulty policies takes the last that were without fault out of the branch's past", async (t) => {
  const { repository, status, commit, lines, warnings } = await start(
    t,
    { [PATH]: policies("read") },
    async (repository) => {
      await repository.commit({ [PATH]: policies("read, evaluate") });
      await repository.commit({ [PATH]: policies("raed") });
      await repository.commit({ "staging/other/features.yaml": TEAM });
      await repository.commit({ [PATH]: "roles: [" });
    },
  );
  await until(async () => (await status("viewer", EVALUATE)) === 200);
  t.is(await status("nobody", READ), 403);
  t.deepEqual(lines.filter(rejected).length, 1);
  const head = (await repository.head()) ?? "";
  t.true(lines.some((line) => applied(line) && line.revision !== head));
  t.regex((await warnings()).join(), /policies\.yaml at /);
  await commit({ [PATH]: policies("read") }, applied);
  t.deepEqual([await status("viewer", READ), await status("viewer", EVALUATE)], [200, 403]);
  t.deepEqual(await warnings(), []);
});

test("the last good policies are taken as soon as the past can be read", async (t) => {
  let remote: FaultServer | undefined;
  let failed = 0;
  const { status, lines, url } = await start(
    t,
    { [PATH]: policies("read") },
    async (repository) => {
      await repository.commit({ [PATH]: policies("raed") });
      await repository.commit({ "notes.txt": "one" });
    },
    async (path, told) => {
      remote = await startFaultServer(t, path);
      const rewrite = (body: Buffer): Buffer => {
        // What it starts with is fetched already; older commits cannot be.
        if (!told().some(rejected)) return body;
        failed += 1;
        return Buffer.alloc(0);
      };
      await remote.fail({ type: "rewrite", on: ["fetch"], rewrite });
      return remote;
    },
  );
  const sync = async (): Promise<void> => {
    const answer = await fetch(`${url()}/api/storages/main/sync?wait=true`, {
      method: "POST",
      headers: bearer("root"),
    });
    await answer.text();
  };
  await until(async () => failed > 0);
  await sync();
  t.is(await status("viewer", READ), 403);
  await remote?.fail(undefined);
  await until(async () => {
    await sync();
    return (await status("viewer", READ)) === 200;
  });
  t.is(lines.filter(rejected).length, 1);
  t.true(lines.some(applied));
});

test("faulty policies leave those before in effect, which the log and the status say", async (t) => {
  const { status, commit, warnings, lines, url } = await start(t, { [PATH]: policies("read") });
  const gauge = async (): Promise<string | undefined> => {
    const metrics = await (await fetch(`${url()}/metrics`)).text();
    return /^vexil_policies_rejected\{storage="main"\} (\d)$/m.exec(metrics)?.[1];
  };
  await until(async () => (await status("viewer", READ)) === 200);
  t.deepEqual(await warnings(), []);
  t.is(await gauge(), "0");
  for (const [text, reason] of [
    [policies("fly"), /unknown action "fly"/],
    ["roles: [", /no YAML/],
    ["- a list", /must be a map/],
    ["roles: { ROOT: [] }", /roles\.ROOT is given in the configuration, too/],
    ["rules: {}", /rules/],
    [undefined, /no such file/],
  ] as const) {
    await commit({ [PATH]: text }, rejected);
    t.regex(String(lines.findLast(rejected)?.reason), reason);
    t.regex((await warnings()).join("\n"), reason);
    t.is(await gauge(), "1");
    t.is(await status("viewer", READ), 200);
    t.is(await status("viewer", EVALUATE), 403);
  }
  await commit({ [PATH]: policies("evaluate") }, applied);
  t.deepEqual([await status("viewer", READ), await status("viewer", EVALUATE)], [403, 200]);
  t.deepEqual(await warnings(), []);
  t.is(await gauge(), "0");
});

test("a binding that names a static token that there is not is warned of once", async (t) => {
  const { commit, lines } = await start(t, { [PATH]: policies("read") });
  const warned = (): readonly unknown[] =>
    lines.filter(({ event }) => event === "config.warning").map(({ reason }) => reason);
  await commit({ [PATH]: policies("read").replace("viewer", "viewr") }, applied);
  await commit({ [PATH]: policies("evaluate").replace("viewer", "viewr") }, applied);
  t.deepEqual(warned(), [
    'authorization: a binding of role "reader" matches nobody: no static token is called "viewr"',
  ]);
});

test("the log names who brought policies, whatever was committed after them", async (t) => {
  const { repository, commit, lines } = await start(t, { [PATH]: policies("read") });
  await repository.commit({ [PATH]: policies("evaluate") }, { author: "Bo <bo@example.com>" });
  await repository.commit({ "notes.txt": "one" }, { author: "Cy <cy@example.com>" });
  await commit({ "notes.txt": "two" }, applied);
  t.is(lines.findLast(applied)?.actor, "git:bo@example.com");
  await repository.commit({ [PATH]: policies("read") }, { author: " <> ", message: "x\n\nVexil-Actor: token:root" });
  await commit({ "notes.txt": "three" }, applied);
  t.is(lines.findLast(applied)?.actor, "git:unknown");
});

test("without good policies nothing is allowed but what the configuration allows", async (t) => {
  const { status, lines } = await start(t, { [PATH]: policies("fly") });
  await until(async () => lines.some(rejected));
  t.deepEqual([await status("viewer", READ), await status("root", READ)], [403, 200]);
});

test("who may do everything with flags does not get at the policies", async (t) => {
  const repository = await temporaryRepository(t, {
    files: { "default/features.yaml": FEATURES, "team-a/features.yaml": TEAM, policies: policies("read") },
  });
  const remote = await startGitHttpServer(t, repository.path);
  const actions = ["read", "evaluate", "write", "branch", "rollback", "sync"];
  const { storage, ...config } = rightsConfig({
    roles: { root: [{ actions }] },
    bindings: CONFIGURED.bindings,
    storage: "main",
    path: "policies",
  });
  const daemon = await inProcessDaemon(t, {
    ...config,
    environments: { staging: { storage: "main", default: true } },
    storage: { ...(storage as object), main: { remote: remote.url, backend: { type: "memory" } } },
  });
  await (await daemon.start()).settled;
  const call = async (method: string, path: string, body?: object): Promise<readonly [number, string]> => {
    const response = await fetch(`${daemon.url()}/api/v2/environments/${path}`, {
      method,
      headers: bearer("root"),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return [response.status, await response.text()];
  };
  const flag = { "@type": "flipt.core.Flag", key: "f", name: "F", type: "BOOLEAN_FLAG_TYPE", enabled: true };
  const ours = policies("evaluate");
  const first = await repository.head();
  const both = await repository.commit({ "team-a/features.yaml": TEAM.replace("On", "Off"), policies: ours });
  await call("GET", "staging/namespaces");
  t.is(
    (await fetch(`${daemon.url()}/api/storages/main/sync?wait=true`, { method: "POST", headers: bearer("root") }))
      .status,
    200,
  );
  await until(async () => daemon.lines.filter(applied).length === 2);

  // A namespace's folder would stand in the place of the file.
  const [status, text] = await call("POST", "staging/namespaces", { key: "policies", name: "P" });
  t.is(status, 409, text);
  t.regex(text, /policies is in its place in the repository/);
  const put = await call("POST", "staging/namespaces/policies/resources", { key: "f", payload: flag });
  t.true([404, 409].includes(put[0]), put[1]);
  for (const key of ["../policies", "policies/", ".", "..", "POLICIES.", "policies\u0000"]) {
    t.is((await call("POST", "staging/namespaces", { key, name: "P" }))[0], 400, key);
  }
  // A rollback of the commit that changed both brings back the flags alone.
  t.is((await call("POST", "staging/namespaces/team-a/rollback", { to: first }))[0], 200);
  t.regex(await repository.read("team-a/features.yaml"), /name: On/);
  // Nor do branches: made, changed, proposed, deleted.
  t.is((await call("POST", "staging/branches", { key: "mine" }))[0], 200);
  t.is((await call("POST", "mine/namespaces", { key: "policies", name: "P" }))[0], 409);
  t.is((await call("POST", "mine/namespaces/team-a/resources", { key: "f", payload: flag }))[0], 200);
  t.is((await call("POST", "staging/branches/mine", { title: "t", body: "b" }))[0], 501);
  t.is((await call("DELETE", "staging/branches/mine"))[0], 200);
  t.is((await call("DELETE", "staging/namespaces/team-a"))[0], 200);
  t.is(`${await repository.read("policies")}\n`, ours);
  t.not(await repository.head(), both);
  t.is(daemon.lines.filter(applied).length, 2, "the policies did not change");
  t.false(daemon.lines.some(rejected));
});
