import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { defineSink, type Sink, type SinkEvent, type SinkPlugin, VexilError, z } from "@vexil/plugin-api";
import { type ConformanceCase, sinkConformance } from "@vexil/plugin-api/testing";
import exec from "@vexil/sink-exec";
import exporter from "@vexil/sink-export";
import file from "@vexil/sink-file";
import otlp from "@vexil/sink-otlp";
import webhook from "@vexil/sink-webhook";
import test from "ava";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type OtlpReceiver, startOtlpReceiver } from "../helpers/network/otlp-receiver.js";
import { readExported } from "../helpers/sinks/exported.js";
import { type WebhookServer, webhookServer } from "../helpers/sinks/webhook-server.js";

/** Events of a trail, all files of it. */
async function eventsOf(path: string): Promise<readonly unknown[]> {
  const names = (await readdir(dirname(path))).filter((name) => name.startsWith(basename(path)));
  const files = names.filter((name) => !name.endsWith(".head")).sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const texts = await Promise.all(files.map((name) => readFile(join(dirname(path), name), "utf8")));
  const lines = texts
    .join("")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as { readonly event: unknown }).event);
}

const trail = (more: Readonly<Record<string, unknown>>) => ({
  settings: async (scope: Scope) => ({ path: join(await temporaryDirectory(scope), "deep", "audit.jsonl"), ...more }),
  arrived: (settings: unknown) => eventsOf((settings as { readonly path: string }).path),
});

const servers = new Map<string, WebhookServer>();
const hook = (more: Readonly<Record<string, unknown>>) => ({
  settings: async (scope: Scope) => {
    const server = await webhookServer(scope);
    servers.set(server.url, server);
    return { url: server.url, secret: "canary-secret-4711-4711", ...more };
  },
  arrived: async (settings: unknown) => servers.get((settings as { readonly url: string }).url)?.events() ?? [],
});

/** A command that appends what it reads. */
const command = {
  settings: async (scope: Scope) => ({
    command: ["/usr/bin/tee", "-a", join(await temporaryDirectory(scope), "events")],
  }),
  arrived: async (settings: unknown) => {
    const path = (settings as { readonly command: readonly string[] }).command.at(-1) ?? "";
    const lines = (await readFile(path, "utf8").catch(() => "")).split("\n").filter((line) => line !== "");
    return lines.map((line): unknown => JSON.parse(line));
  },
};

const collectors = new Map<string, OtlpReceiver>();
const collector = (protocol: string) => ({
  settings: async (scope: Scope) => {
    const receiver = await startOtlpReceiver(scope, { grpc: protocol === "grpc" });
    collectors.set(receiver.endpoint, receiver);
    return { endpoint: receiver.endpoint, protocol };
  },
  arrived: async (settings: unknown) =>
    collectors
      .get((settings as { readonly endpoint: string }).endpoint)
      ?.records.map(({ body }): unknown => JSON.parse(String(body))) ?? [],
});

interface Place {
  readonly settings: (scope: Scope) => Promise<Readonly<Record<string, unknown>>>;
  readonly arrived: (settings: unknown) => Promise<readonly unknown[]>;
}

const runs: readonly (readonly [string, SinkPlugin, Place])[] = [
  ["exec", exec, command],
  ["file", file, trail({})],
  ["file with a key and small files", file, trail({ key: "canary-key-4711-4711", rotate: 3_000 })],
  ["otlp", otlp, collector("http/protobuf")],
  ["otlp by JSON", otlp, collector("http/json")],
  ["otlp by gRPC", otlp, collector("grpc")],
  ["webhook", webhook, hook({})],
];

for (const [name, plugin, { settings, arrived }] of runs) {
  for (const { title, run } of sinkConformance(plugin, settings, { arrived })) {
    test.serial(`${name} ${title}`, async (t) => t.is(await run(), "passed"));
  }
}

for (const { title, run } of sinkConformance(
  exporter,
  async (scope) => ({ path: join(await temporaryDirectory(scope as Scope), "flags") }),
  { published: (settings) => readExported((settings as { readonly path: string }).path) },
)) {
  test.serial(`export ${title}`, async (t) => t.regex(await run(), /^passed$|^skipped: it takes no events/));
}

test("a webhook that is away passes, or skips, each case", async (t) => {
  const cases = sinkConformance(webhook, { url: "http://127.0.0.1:1/canary-path" }, { secrets: ["canary-path"] });
  t.true(cases.length >= 40, `the kit has ${cases.length} cases`);
  for (const { title, run } of cases) t.regex(await run(), /^passed$|^skipped: nothing can be delivered/, title);
});

/** Runs all cases over a sink with a fault; the titles of those that find it. */
async function findings(
  sink: (taken: SinkEvent[]) => Partial<Sink>,
  over: Partial<SinkPlugin> = {},
): Promise<readonly string[]> {
  const taken: SinkEvent[] = [];
  const sound: Sink = { deliver: async (events) => void taken.push(...structuredClone(events)), close: async () => {} };
  const plugin = {
    ...defineSink({
      name: "faulty",
      schema: z.strictObject({}),
      capabilities: { batch: 10 },
      create: async () => ({ ...sound, ...sink(taken) }),
    }),
    ...over,
  } as SinkPlugin;
  const arrived = async (): Promise<readonly unknown[]> => JSON.parse(JSON.stringify(taken));
  const found: string[] = [];
  for (const { title, run } of sinkConformance(plugin, {}, { arrived }) as readonly ConformanceCase[]) {
    await run().catch(() => found.push(title));
  }
  return found;
}

test("the cases find a sink that loses, turns around, changes, shortens, throws what it likes, or takes any number", async (t) => {
  t.deepEqual(await findings(() => ({})), []);
  const losing = await findings((taken) => ({ deliver: async ([first]) => void taken.push(first as SinkEvent) }));
  t.true(losing.includes("takes a whole batch at once, in order"));
  const turning = await findings((taken) => ({ deliver: async (events) => void taken.push(...[...events].reverse()) }));
  t.true(turning.includes("takes batches of different sizes, in order"));
  const changing = await findings((taken) => ({
    deliver: async (events) => {
      for (const event of events) (event as { id: string }).id = "mine";
      taken.push(...events);
    },
  }));
  t.true(changing.includes("leaves events as they are"));
  const shortening = await findings((taken) => ({
    deliver: async (events) => {
      for (const event of events) taken.push(JSON.parse(JSON.stringify(event).slice(0, 50_000)) as SinkEvent);
    },
  }));
  t.deepEqual(shortening, ["takes an event with a text of 200,000 characters"]);
  const throwing = await findings(() => ({ deliver: () => Promise.reject(new TypeError("no")) }));
  t.true(throwing.includes("takes a flag that is changed"));
  const refusing = await findings(() => ({
    deliver: () => Promise.reject(new VexilError("VEXIL_REFUSED_EVENT", "never")),
  }));
  t.true(refusing.includes("takes a gap"));
  const many = await findings(() => ({}), { capabilities: { batch: 5_000 } });
  t.true(many.includes("says how many events it takes at once"));
});
