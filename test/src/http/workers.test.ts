import { readFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { ask } from "../helpers/http/answers.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import { RawConnection, rawRequest } from "../helpers/http/raw-exchange.js";
import { storageStatus } from "../helpers/http/storage-status.js";
import { ownTime } from "../helpers/runner/own-time.js";

interface Started extends TestServer {
  readonly publisher: FilePublisher;
  readonly events: string[];
  /** Publishes by a request, as a write does: the answer comes when every worker serves it. */
  readonly write: (enabled: boolean) => Promise<void>;
  /** Publishes a snapshot, as the next write. */
  readonly next: (enabled: boolean) => void;
}

const flag = (enabled: boolean): Record<string, string> => ({
  ...exampleFiles(),
  "team/features.yaml": `namespace: team\nflags:\n  - {key: on, name: On, type: BOOLEAN_FLAG_TYPE, enabled: ${enabled}}\n`,
});

async function start(t: ExecutionContext, workers = 2, hangsMs?: number): Promise<Started> {
  const events: string[] = [];
  const logger: Logger = { log: (_level, event) => void events.push(event), child: () => logger };
  let next = false;
  let publisher: FilePublisher | undefined;
  const server = await startTestServer(t, {
    serverConfig: { workers, shutdownTimeoutMs: 1000 },
    ...(hangsMs === undefined ? {} : { hangsMs }),
    logger,
    engine: {
      sync: () => (publisher?.publish("default", flag(next)) ?? Promise.resolve()).then(() => storage),
    },
  });
  publisher = new FilePublisher(t, server.snapshots);
  await publisher.publish("default", flag(false));
  const write = async (enabled: boolean): Promise<void> => {
    next = enabled;
    const answer = await ask(server.url, "POST", "api/storages/default/sync?wait=true");
    t.is(answer.status, 200);
  };
  await write(false);
  const choose = (enabled: boolean): void => {
    next = enabled;
  };
  return { ...server, publisher, events, write, next: choose };
}

const storage = storageStatus({ id: "default" });

/** A connection to a worker that is not stopped. */
async function answeringConnection(t: ExecutionContext, url: string): Promise<RawConnection> {
  for (;;) {
    const connection = await RawConnection.open(t, url);
    const answer = connection.write(rawRequest("GET /health/live")).answer();
    answer.catch(() => {});
    if (await Promise.race([answer.then(() => true), delay(500, false)])) return connection;
  }
}

/** One evaluation; `connection: close` makes each go to the next worker. */
function evaluate(url: string, agent: Agent | false = false): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${url}/evaluate/v1/boolean`,
      { method: "POST", agent, timeout: 60_000 },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve((JSON.parse(text) as { enabled: boolean }).enabled));
        response.on("error", reject);
      },
    );
    request.on("error", reject);
    request.on("timeout", () => request.destroy(new Error("no answer")));
    request.end('{"namespaceKey":"team","flagKey":"on","entityId":"u"}');
  });
}

async function eventually(condition: () => boolean | Promise<boolean>, deadlineMs = 90_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error("it did not come to pass");
    await delay(10);
  }
}

test.serial("workers answer reads and hand the rest on", async (t) => {
  const { url, server } = await start(t);
  t.is(server.workerPids.length, 2);
  t.is((await ask(url, "GET", "internal/v1/evaluation/snapshot/namespace/ops")).status, 200);
  t.like((await ask(url, "GET", "api/v1/namespaces/default/flags?limit=1")).body, { totalCount: 5 });
  t.is((await ask(url, "GET", "health")).status, 200);
  t.is((await ask(url, "GET", "nothing")).status, 404);
  t.is((await ask(url, "GET", "evaluate/v1/boolean")).status, 501);
  const given = await ask(url, "GET", "api/status", { headers: { "x-request-id": "r-1" } });
  t.is(given.headers.get("x-request-id"), "r-1");
  await Promise.all(Array.from({ length: 10 }, () => evaluate(url)));
  const metrics = await (await fetch(`${url}/metrics`)).text();
  t.regex(metrics, /flipt_evaluations_requests_total\{[^}]*flipt_flag="on"\} 10\n/);
  t.true(metrics.includes("vexil_workers 2"));
});

test.serial(
  "an explanation that a worker is asked for comes from the process that knows files and authors",
  async (t) => {
    const { url } = await start(t);
    const body = JSON.stringify({ namespaceKey: "team", flagKey: "on", entityId: "e" });
    const { status, body: answer } = await ask(url, "POST", "evaluate/v1/explain", { body });
    t.is(status, 200, JSON.stringify(answer));
    const { evaluation, steps } = answer as Readonly<Record<string, unknown>>;
    t.like(evaluation, { flagKey: "on", enabled: false });
    t.like((steps as readonly unknown[])[0], { kind: "flag", source: { file: "team/features.yaml" } });
  },
);

test.serial("a write is answered when every worker serves it, and streams of all workers get it", async (t) => {
  const { url, write } = await start(t);
  const streams = await Promise.all(
    Array.from({ length: 4 }, () =>
      openStream(t, `${url}/client/v2/environments/default/namespaces/team/stream`, { Accept: "text/event-stream" }),
    ),
  );
  for (const enabled of [true, false, true]) {
    await write(enabled);
    t.deepEqual(await Promise.all(Array.from({ length: 12 }, () => evaluate(url))), Array(12).fill(enabled));
  }
  for (const stream of streams) await stream.until(() => stream.messages().length === 4);
});

test.serial(
  "a worker that is late for a change is waited for while it still serves, and keeps its clients",
  async (t) => {
    const { url, server, events, next } = await start(t);
    const path = `${url}/client/v2/environments/default/namespaces/team/stream`;
    const streams = await Promise.all(
      Array.from({ length: 6 }, () => openStream(t, path, { Accept: "text/event-stream" })),
    );
    const [late = 0] = server.workerPids;
    process.kill(late, "SIGSTOP");
    t.teardown(() => server.workerPids.includes(late) && process.kill(late, "SIGCONT"));
    next(true);
    const written = (await answeringConnection(t, url)).write(
      rawRequest("POST /api/storages/default/sync?wait=true", [], ""),
    );
    await delay(1800);
    process.kill(late, "SIGCONT");
    t.is((await written.answer()).status, 200);
    t.deepEqual(await Promise.all(Array.from({ length: 12 }, () => evaluate(url))), Array(12).fill(true));
    for (const stream of streams) await stream.until(() => stream.messages().length === 2);
    t.true(server.workerPids.includes(late));
    t.false(events.includes("worker.replaced"));
  },
);

test.serial("a worker that is late for a change and gives no sign of life is replaced", async (t) => {
  const { url, server, events, next } = await start(t);
  const [stuck] = server.workerPids;
  process.kill(stuck ?? 0, "SIGSTOP");
  next(true);
  const connection = await answeringConnection(t, url);
  const own = ownTime(t);
  const written = connection.write(rawRequest("POST /api/storages/default/sync?wait=true", [], ""));
  await eventually(() => events.includes("worker.replaced"));
  const replacedMs = own();
  // A late worker that shows signs of life is given 10 s.
  t.true(replacedMs < 9_000, `after ${replacedMs} ms`);
  t.is((await written.answer()).status, 200);
  await eventually(() => server.workerPids.length === 2 && !server.workerPids.includes(stuck ?? 0));
  t.true(await evaluate(url));
});

test.serial("a worker that hangs while nothing changes is replaced, and its clients go on with others", async (t) => {
  const { url, server, events } = await start(t, 2, 4_000);
  const stuck = server.workerPids[1] ?? 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  t.teardown(() => agent.destroy());
  await Promise.all(Array.from({ length: 8 }, () => evaluate(url, agent)));
  process.kill(stuck, "SIGSTOP");
  await delay(2_500);
  process.kill(stuck, "SIGCONT");
  // One that goes on begins anew.
  await delay(1_500);
  process.kill(stuck, "SIGSTOP");
  const own = ownTime(t);
  const asked = Promise.allSettled(Array.from({ length: 8 }, () => evaluate(url, agent)));
  await delay(3_000);
  t.false(events.includes("worker.replaced"));
  await eventually(() => server.workerPids.length === 2 && !server.workerPids.includes(stuck));
  t.true(own() < 15_000);
  t.deepEqual(
    events.filter((event) => event.startsWith("worker.")),
    ["worker.replaced", "worker.died"],
  );
  t.true(
    (await asked).some(({ status }) => status === "rejected"),
    "some were its clients",
  );
  t.deepEqual(await Promise.all(Array.from({ length: 8 }, () => evaluate(url, agent))), Array(8).fill(false));
});

test.serial("where several workers are late at once, the next is replaced when the one before is", async (t) => {
  const { url, server, events, next } = await start(t, 3);
  const stuck = server.workerPids.slice(0, 2);
  for (const pid of stuck) process.kill(pid, "SIGSTOP");
  next(true);
  const written = (await answeringConnection(t, url)).write(
    rawRequest("POST /api/storages/default/sync?wait=true", [], ""),
  );
  t.is((await written.answer()).status, 200);
  await eventually(() => server.workerPids.length === 3 && !server.workerPids.some((pid) => stuck.includes(pid)));
  const told = events.filter((event) => event === "worker.replaced" || event === "worker.died");
  t.deepEqual(told, ["worker.replaced", "worker.died", "worker.replaced", "worker.died"]);
});

test.serial("a worker killed under load: only what was in flight on it fails, another takes its place", async (t) => {
  const { url, server, events } = await start(t);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  t.teardown(() => agent.destroy());
  let failed = 0;
  let answered = 0;
  let running = true;
  const client = async (): Promise<void> => {
    while (running) {
      await evaluate(url, agent).then(
        () => {
          answered += 1;
        },
        () => {
          failed += 1;
        },
      );
    }
  };
  const clients = Array.from({ length: 8 }, client);
  await eventually(() => answered > 200);
  const [victim] = server.workerPids;
  process.kill(victim ?? 0, "SIGKILL");
  await eventually(() => events.includes("worker.died"));
  await eventually(() => server.workerPids.length === 2 && !server.workerPids.includes(victim ?? 0));
  const before = { answered, failed };
  await eventually(() => answered > before.answered + 200);
  running = false;
  await Promise.all(clients);
  t.is(failed, before.failed);
  t.true(failed <= 8, `${failed} requests failed`);
});

test.serial("a worker's own memory stays below 70 MB with 10,000 flags", async (t) => {
  const { url, publisher, server } = await start(t);
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [
      `n${n}/features.yaml`,
      `namespace: n${n}\nflags:\n${Array.from(
        { length: 500 },
        (_, i) =>
          `  - {key: flag-${i}, name: Flag ${i}, enabled: true, variants: [{key: a, default: true}, {key: b, attachment: {limit: ${i}}}], rules: [{segment: s${i % 10}, distributions: [{variant: a, rollout: 50}, {variant: b, rollout: 50}]}]}`,
      ).join("\n")}\nsegments:\n${Array.from(
        { length: 10 },
        (_, i) =>
          `  - {key: s${i}, name: S, match_type: ALL_MATCH_TYPE, constraints: [{type: STRING_COMPARISON_TYPE, property: country, operator: eq, value: de}]}`,
      ).join("\n")}\n`,
    ]),
  );
  await publisher.publish("default", files);
  await eventually(async () =>
    (
      await Promise.all(
        Array.from({ length: 4 }, () => ask(url, "GET", "internal/v1/evaluation/snapshot/namespace/n19")),
      )
    ).every(({ status }) => status === 200),
  );
  for (const pid of server.workerPids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].reduce((sum, [, kb]) => sum + Number(kb), 0);
    t.log(`worker ${pid}: ${(kilobytes / 1024).toFixed(1)} MB private`);
    t.true(kilobytes < 70 * 1024);
  }
});
