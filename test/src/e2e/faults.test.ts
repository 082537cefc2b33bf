import type { ExecutionContext } from "ava";
import { eventually, type Json } from "../helpers/daemon/daemon.js";
import { type InProcessDaemon, inProcessDaemon } from "../helpers/daemon/in-process.js";
import { type Fault, type FaultServer, startFaultServer } from "../helpers/git-servers/fault-server.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";
import { testsInTurn } from "../helpers/runner/a-few-at-once.js";

/** Consequences of a fault while the daemon runs. */
interface Expected {
  readonly code: string;
  readonly step: string;
  /** True if a better connection would cure it: `lenient` forgives that. */
  readonly connection: boolean;
  /** Codes that are right as well, where timing decides. */
  readonly or?: readonly string[];
}

const CONNECTION = { connection: true, step: "pack" } as const;
const NEEDS_A_PERSON = { connection: false, step: "http" } as const;

/** Title, fault (of the fetch, unless it says so), outcome. A fault that breaks the pack needs something to fetch. */
const FAULTS: readonly (readonly [string, Fault, Expected])[] = [
  ["a refused connection", { type: "refused" }, { code: "VEXIL_CONNECTION_REFUSED", ...CONNECTION, step: "connect" }],
  ["a silent server", { type: "silent" }, { code: "VEXIL_CONNECTION_TIMEOUT", ...CONNECTION, step: "http" }],
  [
    "a reset before the answer",
    { type: "reset-connection" },
    { code: "VEXIL_CONNECTION_RESET", ...CONNECTION, step: "http" },
  ],
  [
    "a hang before the headers",
    { type: "hang-head" },
    { code: "VEXIL_CONNECTION_TIMEOUT", ...CONNECTION, step: "http" },
  ],
  [
    "a hang inside the pack",
    { type: "hang-body", after: -40, on: ["fetch"] },
    { code: "VEXIL_CONNECTION_TIMEOUT", ...CONNECTION },
  ],
  [
    "a truncated pack",
    { type: "truncate", after: -40, on: ["fetch"] },
    { code: "VEXIL_CONNECTION_TRUNCATED", ...CONNECTION },
  ],
  [
    "a cut pack",
    { type: "cut", after: -40, on: ["fetch"] },
    { code: "VEXIL_CONNECTION_TRUNCATED", ...CONNECTION, or: ["VEXIL_CONNECTION_RESET"] },
  ],
  [
    "a reset inside the pack",
    { type: "reset", after: -40, on: ["fetch"] },
    { code: "VEXIL_CONNECTION_RESET", ...CONNECTION, or: ["VEXIL_CONNECTION_TRUNCATED"] },
  ],
  [
    "a corrupt pack",
    { type: "corrupt", after: -30, on: ["fetch"] },
    { code: "VEXIL_CONNECTION_CORRUPT", ...CONNECTION, or: ["VEXIL_CONNECTION_TRUNCATED"] },
  ],
  [
    "a truncated list of refs",
    { type: "truncate", after: -6, on: ["refs", "greeting"] },
    { code: "VEXIL_CONNECTION_TRUNCATED", ...CONNECTION, step: "ref" },
  ],
  [
    "an endless list of refs",
    { type: "endless", on: ["refs", "greeting"] },
    {
      code: "VEXIL_CONNECTION_ENDLESS",
      ...CONNECTION,
      step: "ref",
      or: ["VEXIL_CONNECTION_TIMEOUT", "VEXIL_REMOTE_TOO_LARGE"],
    },
  ],
  ["status 500", { type: "status", status: 500 }, { code: "VEXIL_CONNECTION_STATUS_5XX", ...CONNECTION, step: "http" }],
  ["status 503", { type: "status", status: 503 }, { code: "VEXIL_CONNECTION_STATUS_5XX", ...CONNECTION, step: "http" }],
  [
    "status 429",
    { type: "status", status: 429, headers: { "retry-after": "1" } },
    { code: "VEXIL_CONNECTION_RATE_LIMITED", ...CONNECTION, step: "http" },
  ],
  ["status 401", { type: "status", status: 401 }, { code: "VEXIL_AUTH_REJECTED", connection: false, step: "auth" }],
  ["status 403", { type: "status", status: 403 }, { code: "VEXIL_AUTH_REJECTED", connection: false, step: "auth" }],
  ["status 404", { type: "status", status: 404 }, { code: "VEXIL_REMOTE_NOT_FOUND", ...NEEDS_A_PERSON }],
  ["a login page with status 200", { type: "page" }, { code: "VEXIL_REMOTE_LOGIN_PAGE", ...NEEDS_A_PERSON }],
];

const TIMEOUTS = { connect: "1500ms", first_byte: "1500ms", idle: "1500ms", total: "4s" };

/** Their deadlines are short, and a crowded machine must not miss them. */
const check = testsInTurn(4);

function storage(url: string, policy: string): Record<string, unknown> {
  return { remote: url, poll_interval: "1s", fetch_policy: policy, timeouts: TIMEOUTS };
}

function strictAndLenient(server: FaultServer): Record<string, unknown> {
  return {
    storage: { strict: storage(server.url, "strict"), lenient: storage(server.url, "lenient") },
    environments: { strict: { storage: "strict", default: true }, lenient: { storage: "lenient" } },
  };
}

async function json(
  daemon: InProcessDaemon,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${daemon.url()}${path}`, { ...init, signal: AbortSignal.timeout(10_000) });
  return { status: response.status, body: await response.json() };
}

async function stateOf(daemon: InProcessDaemon, id: string): Promise<Json> {
  const { storages } = (await json(daemon, "/api/status")).body;
  return storages.find((one: Json) => one.id === id);
}

async function banner(daemon: InProcessDaemon, environment: string): Promise<unknown> {
  const body = JSON.stringify({ environmentKey: environment, flagKey: "banner", entityId: "u" });
  return (await json(daemon, "/evaluate/v1/boolean", { method: "POST", body })).body.enabled;
}

const change = (repository: TemporaryRepository, banner: boolean): Promise<string> =>
  repository.commit({
    "default/features.yaml": (EXAMPLE_FILES["default/features.yaml"] ?? "").replace(
      "name: Banner, type: BOOLEAN_FLAG_TYPE, enabled: true",
      `name: Banner, type: BOOLEAN_FLAG_TYPE, enabled: ${banner}`,
    ),
  });

function checkFailure(t: ExecutionContext, status: Json, expected: Expected): void {
  t.true([expected.code, ...(expected.or ?? [])].includes(status.lastError.code), JSON.stringify(status.lastError));
  if (expected.or === undefined) t.is(status.lastError.step, expected.step, JSON.stringify(status.lastError));
}

for (const [title, fault, expected] of FAULTS) {
  check(`while running, ${title} leaves the last good state, and both policies heal`, async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const server = await startFaultServer(t, repository.path);
    const daemon = await inProcessDaemon(t, strictAndLenient(server));
    await (await daemon.start()).settled;
    for (const id of ["strict", "lenient"]) {
      // On a crowded machine these deadlines can be too short for the first load of a lenient storage.
      await eventually(
        () => stateOf(daemon, id),
        (one) => one.state === "ready",
      );
    }
    let reading = true;
    let reads = 0;
    const wrong: unknown[] = [];
    const reader = (async () => {
      while (reading) {
        for (const environment of ["strict", "lenient"]) {
          const enabled = await banner(daemon, environment);
          reads += 1;
          if (typeof enabled !== "boolean") wrong.push(enabled);
        }
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    })();

    await server.fail(fault);
    const head = await change(repository, false);
    await eventually(
      () => stateOf(daemon, "strict"),
      (one) => one.state === "failed",
    );
    const forgiven = expected.connection ? "stale" : "failed";
    await eventually(
      () => stateOf(daemon, "lenient"),
      (one) => one.state === forgiven,
    );
    checkFailure(t, await stateOf(daemon, "strict"), expected);
    t.is(await banner(daemon, "strict"), true);
    t.is(await banner(daemon, "lenient"), true);
    const health = await json(daemon, "/health");
    t.is(health.status, 503);
    t.regex(health.body.message, /storage strict failed/);
    t.is(/storage lenient failed/.test(health.body.message), !expected.connection);
    t.is((await json(daemon, "/health/ready")).status, 200);
    const failures = daemon.lines.filter((line) => line.event === "fetch.failed");
    t.true(failures.some((line) => line.storage === "strict" && line.level === "error"));
    t.true(
      failures.some((line) => line.storage === "lenient" && line.level === (expected.connection ? "warn" : "error")),
    );

    await server.fail(undefined);
    for (const id of ["strict", "lenient"]) {
      const healed = await eventually(
        () => stateOf(daemon, id),
        (one) => one.state === "ready" && one.revision === head,
        30_000,
      );
      t.is(healed.state, "ready");
      t.is(await banner(daemon, id), false);
    }
    t.is((await json(daemon, "/health")).status, 200);
    t.true(daemon.lines.some((line) => line.event === "storage.recovered" && line.storage === "strict"));
    reading = false;
    await reader;
    t.deepEqual(wrong, []);
    t.true(reads > 10);
  });

  check(`at start, ${title} stops a strict daemon${expected.connection ? "" : " and a lenient one"}`, async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const server = await startFaultServer(t, repository.path);
    await server.fail(fault);
    const strict = await inProcessDaemon(t, { storage: { default: storage(server.url, "strict") } });
    const error = await t.throwsAsync(strict.start());
    t.true(
      [expected.code, ...(expected.or ?? [])].includes((error as { code?: string } | undefined)?.code ?? ""),
      String(error),
    );
    const lenient = await inProcessDaemon(t, { storage: { default: storage(server.url, "lenient") } });
    const start = async (): Promise<void> => (await lenient.start()).settled;
    if (!expected.connection) {
      await t.throwsAsync(start());
      return;
    }
    await start();
    t.is((await stateOf(lenient, "default")).state, "starting");
    t.is((await json(lenient, "/health")).status, 200);
    t.is((await json(lenient, "/health/ready")).status, 503);
    await server.fail(undefined);
    await eventually(
      () => json(lenient, "/health/ready"),
      ({ status }) => status === 200,
      30_000,
    );
    t.is(await banner(lenient, "default"), true);
  });
}

check("an answer that comes one byte at a time is accepted", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, repository.path);
  await server.fail({ type: "trickle", on: ["greeting", "refs"] });
  const daemon = await inProcessDaemon(t, { storage: { default: storage(server.url, "strict") } });
  await daemon.start();
  t.is(await banner(daemon, "default"), true);
});

check("a wrong content type with a valid body is accepted", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, repository.path);
  await server.fail({ type: "wrong-type" });
  const daemon = await inProcessDaemon(t, { storage: { default: storage(server.url, "strict") } });
  await daemon.start();
  t.is(await banner(daemon, "default"), true);
});

check("a redirect of reads is followed, on the same host and to another one", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const target = await startFaultServer(t, repository.path);
  const server = await startFaultServer(t, repository.path);
  await server.fail({ type: "redirect", to: target.origin });
  const daemon = await inProcessDaemon(t, { storage: { default: storage(server.url, "strict") } });
  await daemon.start();
  t.is(await banner(daemon, "default"), true);
});

check("a redirect loop stops the start under both policies", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, repository.path);
  await server.fail({ type: "redirect", to: server.origin });
  for (const policy of ["strict", "lenient"]) {
    const daemon = await inProcessDaemon(t, { storage: { default: storage(server.url, policy) } });
    const outcome = daemon.start().then(({ settled }) => settled);
    const error = await t.throwsAsync(outcome);
    t.is((error as { code?: string } | undefined)?.code, "VEXIL_REMOTE_REDIRECT");
  }
});

for (const name of ["127.0.0.1", "another.example.com"]) {
  check(
    `a certificate ${name === "127.0.0.1" ? "of an unknown authority" : "for another name"} stops the start under both policies`,
    async (t) => {
      const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
      const server = await startFaultServer(t, repository.path, { tls: { name } });
      const authority = name === "127.0.0.1" ? {} : { ca_cert_bytes: server.certificate?.ca };
      for (const policy of ["strict", "lenient"]) {
        const daemon = await inProcessDaemon(t, {
          storage: { default: { ...storage(server.url, policy), ...authority } },
        });
        const error = await t.throwsAsync(daemon.start().then(({ settled }) => settled));
        t.is((error as { code?: string } | undefined)?.code, "VEXIL_REMOTE_CERTIFICATE");
      }
    },
  );
}

check("an empty repository is seeded at start, a force-push to unrelated history is followed", async (t) => {
  const repository = await temporaryRepository(t);
  const server = await startFaultServer(t, repository.path);
  const daemon = await inProcessDaemon(t, { storage: { default: storage(server.url, "strict") } });
  await daemon.start();
  t.is(await repository.git("log", "--format=%s", "main"), "add initial README");
  const head = await repository.commit(EXAMPLE_FILES, { root: true });
  await eventually(
    () => stateOf(daemon, "default"),
    (one) => one.revision === head,
    5_000,
  );
  t.is(await banner(daemon, "default"), true);
});

check(
  "a deleted branch fails the storage under both policies, its state stays, and it heals when the branch is back",
  async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const server = await startFaultServer(t, repository.path);
    const daemon = await inProcessDaemon(t, strictAndLenient(server));
    await (await daemon.start()).settled;
    const head = (await repository.head()) ?? "";
    await repository.git("update-ref", "-d", "refs/heads/main");
    for (const id of ["strict", "lenient"]) {
      const failed = await eventually(
        () => stateOf(daemon, id),
        (one) => one.state === "failed",
        30_000,
      );
      t.is(failed.lastError.code, "VEXIL_REMOTE_BRANCH_GONE");
      t.is(await banner(daemon, id), true);
    }
    await repository.git("update-ref", "refs/heads/main", head);
    for (const id of ["strict", "lenient"]) {
      await eventually(
        () => stateOf(daemon, id),
        (one) => one.state === "ready",
        30_000,
      );
    }
    t.is((await json(daemon, "/health")).status, 200);
  },
);

check("a hung remote delays no read and no other storage", async (t) => {
  const hung = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const well = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const server = await startFaultServer(t, hung.path);
  const daemon = await inProcessDaemon(t, {
    storage: {
      hung: { ...storage(server.url, "strict"), timeouts: { first_byte: "20s", idle: "20s" } },
      well: { remote: well.path, poll_interval: "1s" },
    },
    environments: { hung: { storage: "hung", default: true }, well: { storage: "well" } },
  });
  await daemon.start();
  await server.fail({ type: "hang-head" });
  const arrived = server.requests.length;
  await eventually(
    async () => server.requests.length,
    (count) => count > arrived,
    5_000,
  );
  const head = await change(well, false);
  await eventually(
    () => stateOf(daemon, "well"),
    (one) => one.revision === head,
    4_000,
  );
  t.is(await banner(daemon, "well"), false);
  t.is(await banner(daemon, "hung"), true);
  await server.fail(undefined);
});
