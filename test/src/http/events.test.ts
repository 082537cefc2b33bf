import { join } from "node:path";
import { defineModule, type Module } from "@vexil/engine/di/module";
import { SnapshotBuilderToken } from "@vexil/engine/di/tokens";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { SinkEvent } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { endsOf, eventsOf, framesOf, lastIdOf } from "../helpers/http/event-stream.js";
import { openStream } from "../helpers/http/open-stream.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";
import { webhookServer } from "../helpers/sinks/webhook-server.js";

type Fields = Readonly<Record<string, unknown>>;

const flags = (...keys: string[]): string =>
  `namespace: default\nflags:\n${keys.map((key) => `  - key: ${key}\n    name: ${key}\n    type: BOOLEAN_FLAG_TYPE\n    enabled: true\n`).join("")}`;

const FILE = "default/features.yaml";
const idsOf = (events: readonly SinkEvent[]): readonly string[] => events.map(({ id }) => id);

async function daemonWith(t: ExecutionContext, more: Fields = {}, ...modules: readonly Module[]) {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const storage = { default: { backend: { type: "local", path: repository.path } } };
  const daemon = await inProcessDaemon(t, { storage, ...more }, ...modules);
  await (await daemon.start()).settled;
  const stream = `${daemon.url()}/api/v2/events`;
  /** All that is told, to the end. */
  const all = async (query: string, cursor = ""): Promise<string> => {
    const headers = cursor === "" ? {} : { "Last-Event-ID": cursor };
    const response = await fetch(`${stream}?follow=false${query}`, { headers });
    t.is(response.status, 200, await response.clone().text());
    const text = await response.text();
    t.deepEqual(endsOf(text), [{ type: "caught-up" }]);
    return text;
  };
  return { daemon, repository, stream, all };
}

test("what is committed is told as it is to a sink, with the same ids, and a stream goes on after the last", async (t) => {
  const server = await webhookServer(t);
  const { repository, stream } = await daemonWith(t, { sinks: { ci: { type: "webhook", url: server.url } } });
  const first = await openStream(t, stream);
  t.is(first.headers["content-type"], "text/event-stream");
  await first.until((text) => lastIdOf(text) !== undefined);
  await repository.commit({ [FILE]: flags("one", "two") });
  await first.until((text) => eventsOf(text).length >= 2);
  first.close();
  await repository.commit({ [FILE]: flags("two", "three") });
  const second = await openStream(t, stream, { "Last-Event-ID": lastIdOf(first.text()) ?? "" });
  await second.until((text) => eventsOf(text).some((event) => event.kind === "change" && event.key === "three"));
  const told = await eventually(
    async () => server.events(),
    (events) => events.some((event) => event.kind === "change" && event.key === "three"),
  );
  t.deepEqual([...eventsOf(first.text()), ...eventsOf(second.text())], told);
});

test("whoever comes with the position of any event gets those that follow it, in the middle of a commit too", async (t) => {
  const { repository, all } = await daemonWith(t);
  await repository.commit({ [FILE]: flags("a", "b", "c", "d") });
  await repository.commit({ "ops/features.yaml": "flags: [" });
  await repository.commit({ [FILE]: flags("d", "e"), "ops/features.yaml": undefined });
  const head = await repository.git("rev-parse", "main");
  const text = await eventually(
    () => all("&from=beginning"),
    (shown) => shown.includes(head.trim()),
  );
  const events = eventsOf(text);
  const frames = framesOf(text).filter(({ data, event }) => data !== undefined && event === undefined);
  t.true(events.length > 12 && new Set(idsOf(events)).size === events.length, `${events.length} events`);
  t.true(events.some(({ kind }) => kind === "quarantine"));
  for (const [index, { id }] of frames.entries()) {
    t.deepEqual(eventsOf(await all("", id)), events.slice(index + 1), `after event ${index}`);
  }
  // What `from` names is where it begins, and the query can carry the position as well.
  const [, second] = (await repository.git("rev-list", "--reverse", "main")).split("\n");
  const later = events.filter((event) => event.kind === "storage" || event.revision !== second);
  t.deepEqual(eventsOf(await all(`&from=${second}`)), later.slice(-(await sizeAfter(events, second))));
  t.deepEqual(eventsOf(await all(`&after=${frames[3]?.id}`)), events.slice(4));
  // The repository is younger: all of it has happened since.
  t.deepEqual(eventsOf(await all("&from=2000-01-01T00:00:00Z")), events);
});

async function sizeAfter(events: readonly SinkEvent[], commit: string | undefined): Promise<number> {
  return events.length - 1 - events.findLastIndex((event) => event.kind !== "storage" && event.revision === commit);
}

test("a filter leaves out what it does not name, and the position goes on all the same", async (t) => {
  const { repository, all, stream } = await daemonWith(t);
  await repository.commit({ [FILE]: flags("a", "b"), "ops/features.yaml": undefined });
  await repository.commit({ [FILE]: flags("a", "b").replace("enabled: true", "enabled: false") });
  const events = eventsOf(await all("&from=beginning"));
  const named = async (query: string): Promise<readonly SinkEvent[]> => eventsOf(await all(`&from=beginning${query}`));
  t.deepEqual(
    await named("&namespace=ops"),
    events.filter((event) => "namespace" in event && event.namespace === "ops"),
  );
  t.deepEqual(
    await named("&kind=segment&kind=namespace"),
    events.filter((event) => event.kind === "change" && event.type !== "flag"),
  );
  t.is((await named("&kind=flag&field=enabled&environment=def*")).at(-1)?.id, events.at(-1)?.id);
  const none = await all("&from=beginning&namespace=nowhere");
  t.is(eventsOf(none).length, 0);
  t.is(eventsOf(await all("", lastIdOf(none))).length, 0);
  for (const query of ["kind=fun", "environment=", "from=..", "follow=no", `namespace=${"*".repeat(9)}`, "after=x"]) {
    t.is((await fetch(`${stream}?${query}`)).status, 400, query);
  }
  // The words of a sink's filter: left out, everything would be told.
  for (const name of ["environments", "namespaces", "kinds", "fields"]) {
    const answer = await fetch(`${stream}?follow=false&${name}=x`);
    t.is(answer.status, 400, name);
    t.true((await answer.text()).includes(`${name}: write ${name.slice(0, -1)}=`), name);
  }
  t.is((await fetch(`${stream}?environment=nowhere`)).status, 404);
  t.is((await fetch(`${stream}?from=v9.9`)).status, 404);
});

test("after a forced push the difference is told as to a sink; who only claims to have been there gets a gap", async (t) => {
  const path = join(await temporaryDirectory(t), "audit.jsonl");
  const { repository, all, stream } = await daemonWith(t, { sinks: { audit: { type: "file", path } } });
  const base = (await repository.head()) ?? "";
  const live = await openStream(t, stream);
  const lost = await repository.commit({ [FILE]: flags("secret", "kept") });
  await live.until((text) => eventsOf(text).length >= 2);
  const before = lastIdOf(await all("")) ?? "";
  const other = await repository.commit({ [FILE]: flags("kept") }, { parent: base });
  await live.until((text) => eventsOf(text).some((event) => event.kind !== "storage" && event.revision === other));
  const resumed = eventsOf(await all("", before));
  t.true(resumed.length > 0 && resumed.every((event) => event.kind === "change" && event.origin === "rewritten"));
  t.deepEqual(
    resumed,
    eventsOf(live.text()).filter((event) => event.kind !== "storage" && event.revision === other),
  );
  // The seal is what tells the two apart: without it nobody sees a state that the branch does not lead on from.
  const bytes = Buffer.from(before, "base64url");
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  const forged = eventsOf(await all("", bytes.toString("base64url")));
  t.deepEqual(
    forged.map((event) => event.kind === "gap" && [event.previous, event.revision]),
    [[lost, other]],
  );
  t.notRegex(JSON.stringify(forged), /secret/);
});

test("positions of any form that nobody gave are refused, or lead to a gap, and show nothing", async (t) => {
  const { repository, stream } = await daemonWith(t);
  await repository.commit({ "x/features.yaml": "flags: [{ key: hidden }]" }, { branch: "other" });
  const foreign = (await repository.head("other")) ?? "";
  const genuine = lastIdOf(await (await fetch(`${stream}?follow=false`)).text()) ?? "";
  const status = async (cursor: string): Promise<number> => {
    const response = await fetch(`${stream}?follow=false`, { headers: { "Last-Event-ID": cursor } });
    await response.text();
    return response.status;
  };
  const bytes = Buffer.from(genuine, "base64url");
  for (let length = 1; length < bytes.length; length += 1) {
    t.is(await status(bytes.subarray(0, length).toString("base64url")), 400, `${length} bytes`);
  }
  const longer = Buffer.concat([bytes, Buffer.alloc(20_000)]).toString("base64url");
  const hostile = [
    "0",
    "-1",
    "null",
    "%00",
    "../../etc/passwd",
    "A".repeat(30_000),
    longer,
    "AQ==",
    "é",
    `${genuine} `,
  ];
  for (const cursor of hostile) t.true([200, 400].includes(await status(encodeURI(cursor))), cursor.slice(0, 30));
  for (let place = 0; place < bytes.length; place += 1) {
    const changed = Buffer.from(bytes);
    changed[place] = (changed[place] ?? 0) ^ 0xff;
    t.true([200, 400].includes(await status(changed.toString("base64url"))), `byte ${place}`);
  }
  // The commit of another branch, in the place of the own one.
  const at = bytes.indexOf(Buffer.from((await repository.head()) ?? "", "hex"));
  Buffer.from(foreign, "hex").copy(bytes, at);
  const response = await fetch(`${stream}?follow=false`, { headers: { "Last-Event-ID": bytes.toString("base64url") } });
  const told = eventsOf(await response.text());
  t.deepEqual(
    told.map(({ kind }) => kind),
    ["gap"],
  );
});

/** A builder that counts states of the past. */
function countedBuilds(): { readonly module: Module; readonly count: () => number } {
  let count = 0;
  const builder: SnapshotBuilder = createSnapshotBuilder();
  const counting = new Proxy(builder, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (name === "buildPast") count += 1;
      return value.bind(target);
    },
  });
  return { module: defineModule((bind) => bind.replace(SnapshotBuilderToken, counting)), count: () => count };
}

test("without a stream nothing is built for it, and for many it is built once", async (t) => {
  const builds = countedBuilds();
  const { repository, stream, daemon } = await daemonWith(t, {}, builds.module);
  const served = async (key: string): Promise<void> => {
    await repository.commit({ [FILE]: flags(key) });
    const body = JSON.stringify({ flagKey: key, entityId: "e" });
    const status = async (): Promise<number> =>
      (await fetch(`${daemon.url()}/evaluate/v1/boolean`, { method: "POST", body })).status;
    await eventually(status, (code) => code === 200);
  };
  for (let index = 0; index < 5; index += 1) await served(`before-${index}`);
  t.is(builds.count(), 0);
  const streams = await Promise.all(Array.from({ length: 40 }, () => openStream(t, stream)));
  for (let index = 0; index < 5; index += 1) await served(`during-${index}`);
  const [first] = await Promise.all(
    streams.map((one) =>
      one.until((text) => eventsOf(text).some((event) => "key" in event && event.key === "during-4")),
    ),
  );
  for (const one of streams) t.deepEqual(eventsOf(one.text()), eventsOf(first ?? ""));
  // One for each commit, and the one before the first.
  t.true(builds.count() <= 6, `${builds.count()} builds`);
  for (const one of streams) one.close();
  await eventually(
    async () => (await fetch(`${daemon.url()}/metrics`)).text(),
    (text) => /^vexil_event_streams 0$/m.test(text),
  );
  const before = builds.count();
  for (let index = 0; index < 3; index += 1) await served(`after-${index}`);
  t.is(builds.count(), before);
});
