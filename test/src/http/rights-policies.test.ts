import test, { type ExecutionContext } from "ava";
import { inProcessDaemon, type RecordedLine } from "../helpers/daemon/in-process.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { bearer, rightsConfig } from "../helpers/http/rights-daemon.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const FEATURES = "version: '1.4'\nflags:\n  - { key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: true }\n";
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

async function start(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<Started> {
  const repository = await temporaryRepository(t, {
    files: { "staging/default/features.yaml": FEATURES, "production/default/features.yaml": FEATURES, ...files },
  });
  const remote = await startGitHttpServer(t, repository.path);
  const { storage, ...config } = rightsConfig({ ...CONFIGURED, storage: "main", path: PATH });
  const daemon = await inProcessDaemon(t, {
    ...config,
    storage: { ...(storage as object), main: { remote: remote.url, backend: { type: "memory" } } },
  });
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

test("faulty policies leave those before in effect, which the log and the status say", async (t) => {
  const { status, commit, warnings, lines } = await start(t, { [PATH]: policies("read") });
  await until(async () => (await status("viewer", READ)) === 200);
  t.deepEqual(await warnings(), []);
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
    t.is(await status("viewer", READ), 200);
    t.is(await status("viewer", EVALUATE), 403);
  }
  await commit({ [PATH]: policies("evaluate") }, applied);
  t.deepEqual([await status("viewer", READ), await status("viewer", EVALUATE)], [403, 200]);
  t.deepEqual(await warnings(), []);
});

test("without good policies nothing is allowed but what the configuration allows", async (t) => {
  const { status, lines } = await start(t, { [PATH]: policies("fly") });
  await until(async () => lines.some(rejected));
  t.deepEqual([await status("viewer", READ), await status("root", READ)], [403, 200]);
});
