import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { eventually, startDaemon } from "../helpers/daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { startFaultServer } from "../helpers/git-servers/fault-server.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { testsInTurn } from "../helpers/runner/a-few-at-once.js";

const base = {
  version: "2.0",
  server: { host: "127.0.0.1", http_port: 0, workers: 1 },
  log: { encoding: "json", level: "debug" },
};

/** Each has a daemon of its own, and a start is work. */
const check = testsInTurn(3);

interface Load {
  /** Resolves when that many more requests were answered. */
  readonly answered: (more: number) => Promise<void>;
  /** Ends it; the answers that were not as they should be. */
  readonly end: () => Promise<readonly unknown[]>;
}

/** Clients that ask for a flag over and over, on kept connections and on new ones. */
function load(scope: Scope, url: string, environmentKey: string): Load {
  const wrong: unknown[] = [];
  const waiting = new Set<() => void>();
  let count = 0;
  let asking = true;
  scope.teardown(() => {
    asking = false;
  });
  const client = async (headers: Readonly<Record<string, string>>): Promise<void> => {
    while (asking) {
      try {
        const body = JSON.stringify({ environmentKey, flagKey: "banner", entityId: "u" });
        const response = await fetch(`${url}/evaluate/v1/boolean`, { method: "POST", headers, body });
        const text = await response.text();
        if (response.status !== 200 || !text.includes('"enabled":true')) wrong.push([response.status, text]);
      } catch (error) {
        wrong.push(String((error as Error).cause ?? error));
      }
      count += 1;
      for (const look of waiting) look();
    }
  };
  const clients = [{}, {}, { connection: "close" }, { connection: "close" }].map((headers) => client(headers));
  return {
    answered: (more) =>
      new Promise((resolve, reject) => {
        const wanted = count + more;
        const timer = setTimeout(() => reject(new Error(`only ${count} of ${wanted} were answered`)), 60_000);
        const look = (): void => {
          if (count < wanted) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
      }),
    end: async () => {
      asking = false;
      await Promise.all(clients);
      return wrong;
    },
  };
}

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : `${workers} workers`;
  check(
    `reloads under load drop no request, no stream, and fetch nothing of what did not change (${processes})`,
    async (t) => {
      const cwd = await temporaryDirectory(t);
      const one = await temporaryRepository(t, { files: EXAMPLE_FILES });
      const two = await temporaryRepository(t, { files: EXAMPLE_FILES });
      const path = "default/features.yaml";
      const off = (EXAMPLE_FILES[path] ?? "").replace(/(key: banner.*enabled: )true/, "$1false");
      await two.commit({ [path]: off }, { branch: "release" });
      const server = await startGitHttpServer(t, one.path);
      const guarded = await startGitHttpServer(t, two.path, {
        auth: { type: "basic", username: "ada", password: "old-one" },
      });
      const storageOne = { remote: server.url, poll_interval: "1h" };
      const environmentOne = { storage: "one", default: true };
      const tokens = (credential: string): object => ({
        authentication: {
          required: true,
          exclude: { evaluation: true },
          methods: { token: { enabled: true, storage: { tokens: { ci: { credential } } } } },
        },
      });
      const withTwo = (password: string, branch: string): object => ({
        storage: {
          one: storageOne,
          two: { remote: guarded.url, branch, poll_interval: "1h", fetch_policy: "lenient", credentials: "git" },
        },
        environments: { one: environmentOne, two: { storage: "two" } },
        credentials: { git: { type: "basic", basic: { username: "ada", password } } },
      });
      const only = { storage: { one: storageOne }, environments: { one: environmentOne } };
      const daemon = await startDaemon(t, { cwd, config: { ...only, ...tokens("first"), server: { workers } } });
      const requests = server.requests.length;
      const stream = await openStream(t, `${daemon.url}/client/v2/environments/one/namespaces/default/stream`);
      const clients = load(t, daemon.url, "one");
      let reloads = 0;
      /** Takes over a configuration, with requests before, while and after it does. */
      const reload = async (config: object | string): Promise<Record<string, unknown>> => {
        await clients.answered(20);
        const text =
          typeof config === "string"
            ? config
            : JSON.stringify({ ...base, server: { ...base.server, workers }, ...config });
        await writeFile(join(cwd, "vexil.json"), text);
        const from = daemon.lines.length;
        daemon.child.kill("SIGHUP");
        const done = await daemon.line((line) => daemon.lines.indexOf(line) >= from && /^config\.re/.test(line.event));
        await clients.answered(20);
        reloads += 1;
        return done;
      };
      const get = (url: string, token: string): ReturnType<typeof daemon.get> =>
        daemon.get(url, { authorization: `Bearer ${token}` });
      const environmentKeys = async (token: string): Promise<string> =>
        (await get("/api/v2/environments", token)).body.environments.map((entry: { key: string }) => entry.key).join();
      const banner = async (): Promise<unknown> =>
        (await daemon.post("/evaluate/v1/boolean", { environmentKey: "two", flagKey: "banner", entityId: "u" })).body
          .enabled;

      // A storage, an environment and a credential are added; the token changes.
      const added = await reload({ ...withTwo("old-one", "main"), ...tokens("second") });
      t.like(added, { event: "config.reloaded", added: ["two"], changed: [], removed: [] });
      t.is((await get("/api/status", "first")).status, 401);
      t.is(await environmentKeys("second"), "one,two");
      await eventually(banner, (enabled) => enabled === true);

      // A branch changes, and the credential, which the remote asks for now.
      guarded.setAuth({ type: "basic", username: "ada", password: "new-one" });
      const changed = await reload({ ...withTwo("new-one", "release"), ...tokens("second") });
      t.like(changed, { added: [], changed: ["two"], removed: [] });
      await eventually(banner, (enabled) => enabled === false);

      // The level changes: what is below it is not logged any more, and then is again.
      await reload({ ...withTwo("new-one", "release"), ...tokens("second"), log: { ...base.log, level: "info" } });
      const quiet = daemon.lines.length;
      t.is(
        (await daemon.call("POST", "/api/storages/two/sync?wait=true", "", { authorization: "Bearer second" })).status,
        200,
      );
      t.false(daemon.lines.slice(quiet).some(({ level }) => level === "debug"));

      // Refused: misspelt, empty, gone. Everything stays.
      for (const [config, reason] of [
        [
          { ...only, storage: { one: { ...storageOne, poll_intervall: "1s" } } },
          /storage\.one\.poll_intervall.*poll_interval/s,
        ],
        ["", /is empty/],
        ["{", /vexil\.json/],
      ] as const) {
        const refused = await reload(config);
        t.is(refused.event, "config.rejected");
        t.is(refused.level, "error");
        t.regex(String(refused.reason), reason);
        t.is(await environmentKeys("second"), "one,two");
      }
      await rm(join(cwd, "vexil.json"));
      daemon.child.kill("SIGHUP");
      await daemon.line(({ event, reason }) => event === "config.rejected" && /no such file/.test(String(reason)));

      // Removed again.
      t.like(await reload({ ...only, ...tokens("second") }), { added: [], changed: [], removed: ["two"] });
      t.is(await environmentKeys("second"), "one");

      t.deepEqual(await clients.end(), []);
      t.is(reloads, 7);
      t.is(server.requests.length, requests, "what did not change is not fetched");
      const messages = stream.messages().length;
      await one.commit({ [path]: off });
      await daemon.call("POST", "/api/storages/one/sync?wait=true", "", { authorization: "Bearer second" });
      await stream.until(() => stream.messages().length > messages);
      stream.close();
      t.is(await daemon.stop(), 0);
    },
  );
}

check("a remote that hangs holds up neither a reload that corrects it, nor a stop", async (t) => {
  const cwd = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const remote = await startFaultServer(t, repository.path);
  await remote.fail({ type: "hang-head" });
  const server = { ...base.server, shutdown_timeout: "5m" };
  const config = (url: string): Record<string, unknown> => ({
    server,
    storage: { default: { remote: url, fetch_policy: "lenient", timeouts: { first_byte: "10m", total: "10m" } } },
  });
  const daemon = await startDaemon(t, { cwd, config: config(remote.url) });
  await eventually(
    async () => remote.requests.length,
    (count) => count > 0,
  );
  await writeFile(join(cwd, "vexil.json"), JSON.stringify({ ...base, ...config(repository.path) }));
  daemon.child.kill("SIGHUP");
  await daemon.line(({ event }) => event === "storage.ready");
  const requests = remote.requests.length;
  await writeFile(join(cwd, "vexil.json"), JSON.stringify({ ...base, ...config(remote.url) }));
  daemon.child.kill("SIGHUP");
  await eventually(
    async () => remote.requests.length,
    (count) => count > requests,
  );
  t.is(await daemon.stop(), 0);
  // Ten minutes would be the poll's own end and five a cut.
  const stoppedMs = Number(daemon.lines.find(({ event }) => event === "daemon.stopped")?.duration_ms);
  t.true(stoppedMs < 60_000, `after ${stoppedMs} ms`);
  t.deepEqual(
    daemon.lines.filter(({ level }) => level === "error" || level === "fatal"),
    [],
  );
});

check("SIGHUP opens the log's file again, whatever becomes of the configuration", async (t) => {
  const cwd = await temporaryDirectory(t);
  const file = join(cwd, "vexil.log");
  const config = { ...base, log: { file, level: "debug" } };
  const daemon = await startDaemon(t, { cwd, config, start: "any" });
  /** The last line may be under way still. */
  const events = async (name: string): Promise<readonly string[]> =>
    existsSync(name)
      ? (await readFile(name, "utf8"))
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line).event)
      : [];
  await eventually(
    () => events(file),
    (found) => found.includes("daemon.ready"),
  );
  for (const [number, [text, event]] of [
    [JSON.stringify(config), "config.reloaded"],
    ["{", "config.rejected"],
  ].entries()) {
    await rename(file, `${file}.${number}`);
    await writeFile(join(cwd, "vexil.json"), text as string);
    daemon.child.kill("SIGHUP");
    const found = await eventually(
      () => events(file),
      (found) => found.includes(event as string),
    );
    t.false(found.includes("daemon.ready"));
  }
  t.is(await daemon.stop(), 0);
  t.is((await events(file)).at(-1), "daemon.stopped");
  t.deepEqual([...daemon.lines], [], "nothing goes to stdout");
  t.is(daemon.stderr(), "");
});

/** The local backend behind a slow disk: whoever opens it waits a second for its refs. */
const SLOW = `
  import local from ${JSON.stringify(import.meta.resolve("@vexil/backend-local"))};
  const { create, ...rest } = local;
  export default {
    ...rest,
    name: "slow",
    async create(settings, context) {
      const backend = await create(settings, context);
      const { objects, refs } = backend;
      const list = async (...args) => {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        return refs.list(...args);
      };
      const compareAndSwap = (...args) => refs.compareAndSwap(...args);
      return { objects, refs: { list, compareAndSwap }, close: () => backend.close() };
    },
  };`;

check("a storage that cannot be opened is refused, and the one it would have replaced goes on", async (t) => {
  const cwd = await temporaryDirectory(t);
  await writeFile(join(cwd, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(cwd, "slow.js"), SLOW);
  const storage = (path: string): Record<string, unknown> => ({
    storage: { default: { backend: { type: "./slow.js", path } } },
  });
  const daemon = await startDaemon(t, { cwd, config: storage(join(cwd, "store")) });
  await writeFile(join(cwd, "file"), "no directory");
  await writeFile(join(cwd, "vexil.json"), JSON.stringify({ ...base, ...storage(join(cwd, "file", "x")) }));
  daemon.child.kill("SIGHUP");
  await daemon.line(({ event }) => event === "config.rejected");
  // At once, however long its backend takes.
  const written = await daemon.call("POST", "/api/v2/environments/default/namespaces", { key: "team", name: "Team" });
  t.is(written.status, 200, JSON.stringify(written.body));
});

check("environments that move between storages are served all the while, also when the move is refused", async (t) => {
  const repositories = await Promise.all([1, 2].map(() => temporaryRepository(t, { files: EXAMPLE_FILES })));
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, "file"), "");
  const [one, two] = repositories.map(({ path }) => ({ remote: path, poll_interval: "1s" }));
  const first = {
    ...base,
    storage: { one, two },
    environments: { default: { storage: "one", default: true }, other: { storage: "two" } },
  };
  const daemon = await startDaemon(t, { cwd: directory, config: first });
  const asked = ["default", "other"].map((environment) => load(t, daemon.url, environment));
  const reloads = [
    // Renamed, so that the environment goes over to a storage that is new.
    {
      ...first,
      storage: { flags: one, two },
      environments: { ...first.environments, default: { storage: "flags", default: true } },
    },
    first,
    // Swapped between storages that stay.
    { ...first, environments: { default: { storage: "two", default: true }, other: { storage: "one" } } },
    first,
    // Refused, since one of the new storages cannot be opened.
    {
      ...first,
      storage: { one, two, flags: one, none: { backend: { type: "local", path: join(directory, "file", "below") } } },
      environments: { ...first.environments, default: { storage: "flags", default: true } },
    },
  ];
  for (const [index, config] of reloads.entries()) {
    const isRefused = index === reloads.length - 1;
    const event = isRefused ? "config.rejected" : "config.reloaded";
    const before = daemon.lines.filter((line) => line.event === event).length;
    await writeFile(join(directory, "vexil.json"), JSON.stringify(config));
    daemon.child.kill("SIGHUP");
    await eventually(
      async () => daemon.lines.filter((line) => line.event === event).length,
      (count) => count > before,
    );
    // What comes from the remotes now is served in the right place.
    for (const [at, repository] of repositories.entries()) {
      await repository.commit({ [`n${index}/features.yaml`]: `namespace: n${index}-${at}\n` });
    }
    const places = isRefused ? first.environments : (config.environments as typeof first.environments);
    for (const environment of ["default", "other"] as const) {
      const at = places[environment].storage === "two" ? 1 : 0;
      await eventually(
        () => daemon.get(`/api/v2/environments/${environment}/namespaces/n${index}-${at}`),
        ({ status }) => status === 200,
      );
    }
    t.is((await daemon.get("/health/ready")).status, 200);
  }
  for (const one of asked) t.deepEqual((await one.end()).slice(0, 3), []);
});

check("SIGTERM answers what is under way and ends with code 0", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const signs = await temporaryDirectory(t);
  // The remote takes the push only when it is told to, so that the write is under way when the signal comes.
  const hook = join(repository.path, "hooks", "pre-receive");
  await mkdir(dirname(hook), { recursive: true });
  await writeFile(hook, `#!/bin/sh\ntouch ${signs}/pushing\nwhile [ ! -e ${signs}/go ]; do sleep 0.05; done\n`, {
    mode: 0o755,
  });
  const daemon = await startDaemon(t, { config: { storage: { default: { remote: repository.path } } } });
  const write = daemon.call("POST", "/api/v2/environments/default/namespaces", { key: "team", name: "Team" });
  await eventually(
    async () => existsSync(join(signs, "pushing")),
    (there) => there,
  );
  const code = daemon.stop();
  await daemon.line(({ event }) => event === "daemon.draining");
  await writeFile(join(signs, "go"), "");
  t.is((await write).status, 200);
  t.is(await code, 0);
  t.is(await repository.git("log", "-1", "--format=%s"), "create namespace team");
});

check(
  "a memory backend with a saved state serves it as stale when the remote is dead at a lenient start",
  async (t) => {
    const cwd = await temporaryDirectory(t);
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const server = await startGitHttpServer(t, repository.path);
    const config = {
      storage: {
        default: {
          remote: server.url,
          fetch_policy: "lenient",
          poll_interval: "1s",
          backend: { type: "memory", saved_state_path: join(cwd, "state") },
        },
      },
    };
    const first = await startDaemon(t, { config });
    await eventually(
      () => first.get("/health/ready"),
      ({ status }) => status === 200,
    );
    t.is(await first.stop(), 0);
    await server.close();
    const second = await startDaemon(t, { config });
    t.is((await second.get("/health/ready")).status, 200);
    t.is((await second.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" })).body.enabled, true);
    await eventually(
      () => second.get("/api/status"),
      ({ body }) => body.storages[0].state === "stale",
    );
    await startGitHttpServer(t, repository.path, { port: server.port });
    await eventually(
      () => second.get("/api/status"),
      ({ body }) => body.storages[0].state === "ready",
    );
    t.is((await second.get("/health")).status, 200);
  },
);

for (const workers of [1, 2]) {
  check(`SIGHUP takes over changed limits, hosts and the queue of writes at once (workers: ${workers})`, async (t) => {
    const directory = await temporaryDirectory(t);
    const config = (limits: object) => ({ server: { workers, limits } });
    const daemon = await startDaemon(t, { cwd: directory, config: config({}) });
    const batch = { requests: [{}, {}, {}] };
    t.is((await daemon.post("/evaluate/v1/batch", batch)).status, 200);
    const file = join(directory, "vexil.json");
    const limits = config({ batch_items: 2, requests_per_second: 1 }).server;
    const server = { ...base.server, ...limits, allowed_hosts: ["flags.example.com"], write_queue: 7 };
    await writeFile(file, JSON.stringify({ ...base, server }));
    daemon.child.kill("SIGHUP");
    await daemon.line(({ event }) => event === "config.reloaded");
    const refused = await eventually(
      () => daemon.post("/evaluate/v1/batch", batch),
      ({ status }) => status === 413,
    );
    t.regex(refused.body.message, /more than 2 items/);
    await eventually(
      () => daemon.post("/evaluate/v1/batch", batch),
      ({ status }) => status === 429,
    );
    t.false(
      daemon.lines.some(({ event, reason }) => event === "config.warning" && /after a restart/.test(String(reason))),
    );
    t.is(await daemon.stop(), 0);
  });
}
