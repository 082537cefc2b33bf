import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SinkEvent } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { eventually, type RunningDaemon, runDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { eventsOf, lastIdOf } from "../helpers/http/event-stream.js";
import { openStream } from "../helpers/http/open-stream.js";
import { freePort } from "../helpers/network/free-port.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

type Fields = Readonly<Record<string, unknown>>;

const FILE = "default/features.yaml";
const flag = (key: string, enabled = true): string =>
  `  - key: ${key}\n    name: ${key}\n    type: BOOLEAN_FLAG_TYPE\n    enabled: ${enabled}\n`;
const flags = (...keys: string[]): string => `namespace: default\nflags:\n${keys.map((key) => flag(key)).join("")}`;
const keysOf = (events: readonly SinkEvent[]): readonly string[] =>
  events.flatMap((event) => (event.kind === "change" ? [event.key] : []));

async function serve(
  t: ExecutionContext,
  { path }: TemporaryRepository,
  cwd: string,
  server: Fields,
  more: Fields = {},
): Promise<RunningDaemon> {
  const storage = { default: { backend: { type: "local", path } } };
  const env = { XDG_STATE_HOME: join(cwd, "state") };
  return startDaemon(t, { cwd, env, config: { storage, server, ...more } });
}

test("with workers a killed daemon loses nothing of a stream, and ids stay those that a sink was told", async (t) => {
  t.timeout(180_000);
  const cwd = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const port = await freePort();
  const trail = join(cwd, "audit.jsonl");
  const more = { sinks: { audit: { type: "file", path: trail } } };
  const told: SinkEvent[] = [];
  let position = "";
  let key = 0;
  for (let round = 0; round < 3; round += 1) {
    const daemon = await serve(t, repository, cwd, { http_port: port, workers: 2 }, more);
    const headers: Record<string, string> = position === "" ? {} : { "Last-Event-ID": position };
    const stream = await openStream(t, `${daemon.url}/api/v2/events`, headers);
    t.is(stream.status, 200);
    await stream.until((text) => lastIdOf(text) !== undefined);
    for (let count = 0; count < 3; count += 1) {
      key += 1;
      await repository.commit({ [FILE]: flags(`f${key}`, `g${key}`) });
    }
    // In the middle of what it tells.
    await stream.until((text) => eventsOf(text).length > 0);
    daemon.child.kill("SIGKILL");
    await daemon.exited;
    await stream.ended.catch(() => undefined);
    told.push(...eventsOf(stream.text()));
    position = lastIdOf(stream.text()) ?? "";
    await repository.commit({ [FILE]: flags(`away${round}`) });
  }
  const daemon = await serve(t, repository, cwd, { http_port: port, workers: 2 }, more);
  const stream = await openStream(t, `${daemon.url}/api/v2/events`, { "Last-Event-ID": position });
  await stream.until((text) => keysOf(eventsOf(text)).includes("away2"));
  told.push(...eventsOf(stream.text()));
  const sink = await eventually(
    async () => (await readFile(trail, "utf8")).trim().split("\n"),
    (lines) => lines.some((line) => line.includes("away2")),
  );
  const ids = sink.map((line) => (JSON.parse(line) as { readonly event: SinkEvent }).event?.id);
  // What was told twice has one id, and the order is the sink's.
  const [once, expected] = [[...new Set(told.map(({ id }) => id))], [...new Set(ids)]];
  t.deepEqual(once, expected);
  t.true(keysOf(told).includes("away0") && keysOf(told).includes("away1"));
});

test("a client that does not read is cut, costs nobody else a moment, and goes on where it was", async (t) => {
  t.timeout(120_000);
  const cwd = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await serve(t, repository, cwd, { workers: 2 });
  const url = `${daemon.url}/api/v2/events`;
  const slow = await openStream(t, url, {}, { read: false });
  const quick = await openStream(t, url);
  await quick.until((text) => lastIdOf(text) !== undefined);
  const description = "x".repeat(60_000);
  const wide = (round: number): string =>
    JSON.stringify({
      namespace: "wide",
      flags: Array.from({ length: 60 }, (_, index) => ({
        key: `f${index}`,
        name: "f",
        type: "BOOLEAN_FLAG_TYPE",
        description: `${round} ${description}`,
      })),
    });
  // More than what lies between the two holds.
  for (let round = 0; round < 4; round += 1) await repository.commit({ "wide/features.json": wide(round) });
  await repository.commit({ [FILE]: flags("last") });
  await quick.until((seen) => seen.includes('"key":"last"'));
  await daemon.line(({ event }) => event === "events.dropped");
  slow.response.resume();
  await t.throwsAsync(slow.ended);
  quick.close();
});

test("more streams than a client may have are refused, and an ended one makes room", async (t) => {
  const cwd = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  for (const workers of [1, 2]) {
    const limits = { streams_per_client: 5 };
    const daemon = await serve(t, repository, cwd, { workers, limits });
    const url = `${daemon.url}/api/v2/events`;
    const streams = await Promise.all(Array.from({ length: 12 }, () => openStream(t, url)));
    const open = streams.filter(({ status }) => status === 200);
    t.is(open.length, 5, `${workers} workers`);
    t.true(streams.every(({ status }) => status === 200 || status === 429));
    open[0]?.close();
    await eventually(
      async () => {
        const again = await openStream(t, url);
        return again.status;
      },
      (status) => status === 200,
    );
    // The end of the daemon ends them properly.
    const ends = Promise.allSettled(open.slice(1).map(({ ended }) => ended));
    t.is(await daemon.stop(), 0);
    t.deepEqual(
      (await ends).map(({ status }) => status),
      ["fulfilled", "fulfilled", "fulfilled", "fulfilled"],
    );
  }
});

test("vexil events prints what has happened, and follows what happens across a restart", async (t) => {
  t.timeout(180_000);
  const cwd = await temporaryDirectory(t);
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const port = await freePort();
  const first = await serve(t, repository, cwd, { http_port: port });
  const base = (await repository.head()) ?? "";
  await repository.commit({ [FILE]: flags("one", "two") }, { message: "Two flags\n\nand more" });
  await eventually(
    async () => (await first.post("/evaluate/v1/boolean", { flagKey: "two", entityId: "e" })).status,
    (status) => status === 200,
  );
  const events = (...args: string[]): Promise<RunningDaemon> =>
    runDaemon(t, ["events", "--url", first.url, ...args], { start: "any" });
  const past = await events("--from", base, "--kind", "flag");
  t.is(await past.exited, 0, past.stderr());
  const lines = past.lines.map(({ text }) => String(text));
  t.regex(lines[0] ?? "", /^\d{4}-\S+Z {2}default {2}[0-9a-f]{12} {2}Ada <ada@example\.com> {2}\(push\) {2}Two flags$/);
  t.true(lines.includes("    + flag default/one"), lines.join("\n"));
  const all = await events("--from", "beginning", "--json");
  t.is(await all.exited, 0);
  t.true(all.lines.every((line) => typeof (line as unknown as SinkEvent).id === "string"));
  const following = await events("--follow", "--json", "--kind", "flag");
  const seen = (key: string) => following.line((line) => line.key === key);
  await eventually(
    async () => (await first.get("/metrics")).body as string,
    (text) => /^vexil_event_streams 1$/m.test(String(text)),
  );
  await repository.commit({ [FILE]: flags("one", "two", "three") });
  await seen("three");
  first.child.kill("SIGKILL");
  await first.exited;
  await repository.commit({ [FILE]: flags("one", "two", "three", "four") });
  await serve(t, repository, cwd, { http_port: port });
  await seen("four");
  t.deepEqual(
    following.lines.map(({ key }) => key),
    ["three", "four"],
  );
  t.regex(following.stderr(), /trying again until Ctrl-C\nconnected again\n$/);
  t.is(await following.stop("SIGINT"), 0);
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [[], 1, /--from, or go on with what happens with --follow/],
    [["--from", "v9.9"], 1, /v9\.9/],
    [["--follow", "-e", "nowhere"], 1, /environment: "nowhere" not found/],
    [["--follow", "--kind", "fun"], 1, /kind: "fun" is none of/],
    [["--follow", "--url", "http://127.0.0.1:2"], 2, /no daemon answers/],
  ];
  for (const [args, code, reason] of cases) {
    const ended = await events(...args);
    t.is(await ended.exited, code, args.join(" "));
    t.regex(ended.stderr(), reason);
  }
});
