import cluster from "node:cluster";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { setImmediate as turn } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { startTestServer, type TestServer } from "../helpers/http/http-server.js";
import { http2Session, openEvents, send, tlsFiles } from "../helpers/http/http2-client.js";
import { openStream } from "../helpers/http/open-stream.js";

const CLIENTS = 64;
const SNAPSHOT = "/client/v2/environments/default/namespaces/default/snapshot";
const STREAM = "/client/v2/environments/default/namespaces/default/stream";

async function start(t: ExecutionContext, workers: number, secure = {}): Promise<TestServer> {
  const server = await startTestServer(t, { serverConfig: { workers, shutdownTimeoutMs: 1000, ...secure } });
  await new FilePublisher(t, server.snapshots).publish("default", exampleFiles());
  return server;
}

/** How many connections of the server's port each worker holds, by what the system says. */
function connectionsOf({ url, server }: TestServer): readonly number[] {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0");
  const lines = readFileSync("/proc/self/net/tcp", "utf8").split("\n");
  const inodes = new Set(
    lines
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local = "", , state]) => local.endsWith(`:${port}`) && state === "01")
      .map((fields) => `socket:[${fields[9]}]`),
  );
  return server.workerPids.map((pid) => {
    const held = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    return held.filter((link) => inodes.has(link)).length;
  });
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed in this moment.
    return "";
  }
}

function get(url: string, agent: Agent | false): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { agent }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 0));
    });
    request.on("error", reject).end();
  });
}

/** Nobody has more than a tenth above or below its share. */
function isEven(t: ExecutionContext, counts: readonly number[]): boolean {
  t.log(String(counts));
  const share = CLIENTS / counts.length;
  return sumOf(counts) === CLIENTS && counts.every((count) => Math.abs(count - share) <= share / 10);
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

test.serial("clients that keep their connections are spread evenly, streams too, and again by who comes", async (t) => {
  const server = await start(t, 4);
  const streams = Array.from({ length: CLIENTS / 2 }, () =>
    openStream(t, `${server.url}${STREAM}`, { Accept: "text/event-stream" }),
  );
  await Promise.all(streams);
  // A worker that the machine gives no time for seconds is passed over: once more, then.
  for (let turn = 0, even = 0; even < 2; turn += 1) {
    if (turn === 6) return t.fail("they were not spread evenly twice in six turns");
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS / 2 });
    t.teardown(() => agent.destroy());
    const statuses = Array.from({ length: CLIENTS }, () => get(`${server.url}${SNAPSHOT}`, agent));
    t.deepEqual(await Promise.all(statuses), Array(CLIENTS).fill(200));
    if (isEven(t, connectionsOf(server))) even += 1;
    agent.destroy();
    await eventually(
      async () => sumOf(connectionsOf(server)),
      (open) => open === CLIENTS / 2,
    );
  }
});

test.serial("connections of HTTP/2 are spread evenly, with requests and streams on each", async (t) => {
  const tls = await tlsFiles(t);
  const server = await start(t, 4, tls.server);
  const { caPath } = tls.certificate;
  for (let turn = 0; turn < 3; turn += 1) {
    const opened = Array.from({ length: CLIENTS }, () => http2Session(t, server.url, { caPath }));
    const sessions = await Promise.all(opened);
    for (const { status } of await Promise.all(sessions.map((each) => send(each, "GET", SNAPSHOT)))) t.is(status, 200);
    const streams = sessions.slice(0, 8).map((session) => openEvents(session, STREAM));
    await Promise.all(streams.map(({ until }) => until((text) => text.includes("data:"))));
    if (isEven(t, connectionsOf(server))) return;
    for (const session of sessions) session.destroy();
    await eventually(
      async () => sumOf(connectionsOf(server)),
      (open) => open === 0,
    );
  }
  t.fail("they were not spread evenly in three turns");
});

test.serial("a connection on its way to a worker that stops, or is killed, is answered by another", async (t) => {
  for (const end of ["SIGSTOP", "SIGKILL"] as const) {
    const { url, server } = await start(t, 2);
    const ask = (count: number) => Promise.all(Array.from({ length: count }, () => get(`${url}${SNAPSHOT}`, false)));
    await eventually(
      () => ask(4),
      (statuses) => statuses.every((status) => status === 200),
    );
    const [victim = 0] = server.workerPids;
    process.kill(victim, "SIGSTOP");
    t.teardown(() => server.workerPids.includes(victim) && process.kill(victim, "SIGCONT"));
    // Half of them are offered to the one that cannot answer.
    const answers = ask(12);
    if (end === "SIGKILL") process.kill(victim, end);
    t.deepEqual(await answers, Array(12).fill(200));
    if (end === "SIGKILL") continue;
    // What it finds when it goes on is others' by now.
    process.kill(victim, "SIGCONT");
    t.deepEqual(await ask(12), Array(12).fill(200));
  }
});

test.serial("a worker that is silent is offered nothing, and takes nothing of what others have by now", async (t) => {
  const { url, server } = await start(t, 2);
  const ask = (agent: Agent | false) => Promise.all(Array.from({ length: 12 }, () => get(`${url}${SNAPSHOT}`, agent)));
  await eventually(
    () => ask(false),
    (statuses) => statuses.every((status) => status === 200),
  );
  const [victim = 0] = server.workerPids;
  const worker = Object.values(cluster.workers ?? {}).find((one) => one?.process.pid === victim);
  if (worker === undefined) throw new Error("there is no such worker");
  const answered = { taken: 0, refused: 0 };
  const count = (_: unknown, { offer }: { readonly offer?: { readonly isTaken: boolean } }): void => {
    if (offer !== undefined) answered[offer.isTaken ? "taken" : "refused"] += 1;
  };
  cluster.on("message", count);
  t.teardown(() => cluster.off("message", count));
  process.kill(victim, "SIGSTOP");
  t.teardown(() => server.workerPids.includes(victim) && process.kill(victim, "SIGCONT"));
  // They stay open with whoever has them.
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  t.deepEqual(await ask(agent), Array(12).fill(200));
  t.is(answered.taken, 12);
  let offered = 0;
  const { send } = worker;
  worker.send = (...sent: readonly unknown[]): boolean => {
    if ((sent[0] as { readonly type?: string }).type === "connection") offered += 1;
    return Reflect.apply(send, worker, sent);
  };
  // By now it has been silent for longer than offers are left to it.
  t.deepEqual(await ask(false), Array(12).fill(200));
  t.is(offered, 0);
  process.kill(victim, "SIGCONT");
  await eventually(
    async () => answered.refused,
    (refused) => refused > 0,
  );
  t.is(answered.taken, 24);
  await eventually(
    () => ask(false),
    () => offered > 0,
  );
});

test.serial("while all workers are stopped, a connection is not offered to them again and again", async (t) => {
  const { url, server } = await start(t, 2);
  const ask = (count: number) => Promise.all(Array.from({ length: count }, () => get(`${url}${SNAPSHOT}`, false)));
  await eventually(
    () => ask(4),
    (statuses) => statuses.every((status) => status === 200),
  );
  let refused = 0;
  const count = (_: unknown, { offer }: { readonly offer?: { readonly isTaken: boolean } }): void => {
    if (offer?.isTaken === false) refused += 1;
  };
  cluster.on("message", count);
  t.teardown(() => cluster.off("message", count));
  const pids = server.workerPids;
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  const answers = ask(12);
  // Long enough for three offers of each.
  await new Promise((resolve) => setTimeout(resolve, 7500));
  for (const pid of pids) process.kill(pid, "SIGCONT");
  t.deepEqual(await answers, Array(12).fill(200));
  // Those that they found when they went on, and on a busy machine some of the next.
  t.true(refused < 24, String(refused));
});

test.serial("a connection has one worker, even if the primary is too busy to hear that it is taken", async (t) => {
  const server = await start(t, 2);
  await eventually(
    () => get(`${server.url}${SNAPSHOT}`, false),
    (status) => status === 200,
  );
  for (let round = 0; round < 2; round += 1) {
    const agent = new Agent({ keepAlive: true });
    t.teardown(() => agent.destroy());
    const answers = Promise.all(Array.from({ length: CLIENTS }, () => get(`${server.url}${SNAPSHOT}`, agent)));
    // What a worker says of the last that it took comes while this process, the primary, hears nobody.
    while (sumOf(connectionsOf(server)) === 0) await turn();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    t.deepEqual(await answers, Array(CLIENTS).fill(200));
    t.is(sumOf(connectionsOf(server)), CLIENTS);
    agent.destroy();
    await eventually(
      async () => sumOf(connectionsOf(server)),
      (open) => open === 0,
    );
  }
});
