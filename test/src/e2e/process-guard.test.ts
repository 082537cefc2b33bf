import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

const HOST = fileURLToPath(new URL("../helpers/plugins/plugin-host.js", import.meta.url));

interface Line {
  readonly step?: string;
  readonly ok?: boolean;
  readonly error?: string;
  readonly level?: string;
  readonly event?: string;
}

interface Result {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly stderr: string;
}

/** Code that the plugin's module and its functions begin with. */
interface Parts {
  readonly top?: string;
  readonly validate?: string;
  readonly create?: string;
  readonly list?: string;
}

/** Runs a host with a plugin that does what it should not. */
async function start(t: ExecutionContext, parts: Parts): Promise<Result> {
  const directory = await temporaryDirectory(t);
  const folder = join(directory, "node_modules/vexil-backend-wild");
  await mkdir(folder, { recursive: true });
  const manifest = { name: "vexil-backend-wild", version: "1.0.0", type: "module", main: "index.js" };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  const source = `${parts.top ?? ""}
    let calls = 0;
    export default {
      kind: "backend", apiVersion: 1, name: "wild", capabilities: { durable: false, shared: false },
      schema: { "~standard": { version: 1, vendor: "test", validate(value) { ${parts.validate ?? ""} return { value }; } } },
      async create() {
        ${parts.create ?? ""}
        return {
          objects: { read: async () => new Map(), write: async () => {} },
          refs: { list: async () => { calls += 1; ${parts.list ?? ""}; return new Map(); }, compareAndSwap: async () => true },
          close: async () => {},
        };
      },
    };`;
  await writeFile(join(folder, "index.js"), source);
  return host(directory, "wild");
}

async function host(...args: readonly string[]): Promise<Result> {
  const child = spawn(process.execPath, [HOST, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const lines = Buffer.concat(stdout ?? [])
    .toString()
    .trim()
    .split("\n");
  const parsed = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Line);
  return { code, lines: parsed, stderr: Buffer.concat(stderr ?? []).toString() };
}

const step = (result: Result, name: string): Line | undefined => result.lines.find((line) => line.step === name);
const faults = (result: Result): readonly Line[] => result.lines.filter((line) => line.event === "plugin.failed");
const NAMED = /plugin "wild" \(vexil-backend-wild(, storage main)?\): /;

const ESCAPES: Readonly<Record<string, readonly [code: string, expected: RegExp]>> = {
  "leaks a rejection": [`Promise.reject(new Error("leaked"))`, /leaked a rejected promise: leaked/],
  "leaks a rejection later": [`setTimeout(() => Promise.reject(new Error("leaked")), 5)`, /leaked a rejected promise/],
  "throws in a timer": [`setTimeout(() => { throw new Error("loose") }, 5)`, /threw where nobody catches: loose/],
  "throws in a tick": [`process.nextTick(() => { throw "a text" })`, /threw where nobody catches: a text/],
  "exits in a timer": ["setTimeout(() => process.exit(3), 5)", /called process\.exit\(3\)/],
  "emits an error nobody listens for": [
    `import("node:events").then(({ EventEmitter }) => setImmediate(() => new EventEmitter().emit("error", new Error("unheard"))))`,
    /threw where nobody catches: unheard/,
  ],
};

for (const [what, [code, expected]] of Object.entries(ESCAPES)) {
  test(`a plugin that ${what} while in use fails its storage once, and the process lives on`, async (t) => {
    const result = await start(t, { list: `if (calls === 1) { ${code} }` });
    t.is(result.code, 0, result.stderr);
    t.true(step(result, "first")?.ok);
    t.regex(step(result, "second")?.error ?? "", expected);
    t.regex(step(result, "second")?.error ?? "", NAMED);
    t.true(step(result, "third")?.ok, "it heals");
    t.is(faults(result).length, 0, "the failed list says it, and nothing else");
    t.true(step(result, "alive")?.ok);
  });
}

test("a plugin that exits inside of a call fails that call", async (t) => {
  const result = await start(t, { list: "if (calls === 1) process.exit(0)" });
  t.is(result.code, 0);
  t.regex(step(result, "first")?.error ?? "", /called process\.exit\(0\)/);
  t.true(step(result, "third")?.ok);
});

test("a plugin that exits while it is loaded or created stops the start with its name", async (t) => {
  for (const parts of [{ top: "process.exit(0);" }, { create: "process.exit(0);" }]) {
    const result = await start(t, parts);
    t.regex(step(result, "start")?.error ?? "", NAMED);
    t.regex(step(result, "start")?.error ?? "", /(load|create) failed: called process\.exit\(0\)/);
    t.true(step(result, "alive")?.ok);
  }
});

test("what a timer of create throws later is attributed to the plugin", async (t) => {
  const result = await start(t, { create: `setTimeout(() => { throw new Error("late") }, 20);` });
  t.is(result.code, 0, result.stderr);
  t.regex(step(result, "second")?.error ?? "", /threw where nobody catches: late/);
  t.true(step(result, "third")?.ok);
});

test("what a plugin leaks while it is loaded, validates or is created stops the start at that step", async (t) => {
  const leak = `Promise.reject(new Error("leaked"));`;
  const cases = { load: { top: leak }, create: { create: leak }, validate: { validate: leak } };
  for (const [name, parts] of Object.entries(cases)) {
    const result = await start(t, parts);
    t.is(result.code, 0, result.stderr);
    t.regex(step(result, "start")?.error ?? "", NAMED);
    t.true(step(result, "start")?.error?.includes(`${name} failed: leaked a rejected promise: leaked`), name);
    t.is(faults(result).length, 0);
  }
});

test("an exit that the plugin swallows stops the start all the same", async (t) => {
  const result = await start(t, { create: "try { process.exit(0) } catch {}" });
  t.regex(step(result, "start")?.error ?? "", /create failed: called process\.exit\(0\)/);
});

test("what a worker thread of a plugin throws is attributed to the plugin", async (t) => {
  const create = `const { Worker } = await import("node:worker_threads");
    const worker = new Worker('throw new Error("in a worker")', { eval: true });
    await new Promise((resolve) => worker.once("exit", resolve));`;
  const result = await start(t, { create });
  t.is(result.code, 0, result.stderr);
  t.regex(step(result, "start")?.error ?? "", /create failed: threw where nobody catches: in a worker/);
});

test("faults of the host itself still end the process", async (t) => {
  const directory = await temporaryDirectory(t);
  const result = await host(directory, "memory", "fault");
  t.is(result.code, 1);
  t.true(step(result, "third")?.ok);
  t.is(step(result, "alive"), undefined);
  t.regex(result.stderr, /the host's own fault/);
});
