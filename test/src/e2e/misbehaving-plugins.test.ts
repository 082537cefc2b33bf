import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { eventually, type Json, type LogLine, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { type Scope, temporaryDirectory } from "../helpers/files/temporary-directory.js";

/** A backend in memory that does what the file `mood` beside it says, each time it lists its refs. */
const source = (directory: string): string => `
  import { readFileSync } from "node:fs";
  import { defineBackend, z } from "@vexil/plugin-api";
  const mood = () => readFileSync(${JSON.stringify(join(directory, "mood"))}, "utf8");
  export default defineBackend({
    name: "moody", schema: z.strictObject({}), capabilities: { durable: false, shared: false },
    async create() {
      const objects = new Map(), refs = new Map();
      let swapped = false;
      setInterval(() => { if (mood() === "leak all the time") Promise.reject(new Error("again")); }, 20).unref();
      return {
        objects: {
          async read(oids) {
            if (mood() === "gone after a swap" && swapped) throw new Error("the store is gone");
            if (mood() === "hand out what is corrupt")
              return new Map(oids.map((oid) => [oid, { oid, type: "blob", bytes: Buffer.from("other") }]));
            const found = new Map(oids.filter((oid) => objects.has(oid)).map((oid) => [oid, objects.get(oid)]));
            return found;
          },
          async write(written) {
            if (mood() === "throw when it stores") throw new Error("no more room in here");
            if (mood() === "hang when it stores") await new Promise(() => {});
            for (const object of written) objects.set(object.oid, object);
          },
        },
        refs: {
          async list(prefix) {
            switch (mood()) {
              case "gone after a swap": if (swapped) throw new Error("the store is gone"); break;
              case "throw": throw new Error("I am in no mood");
              case "hang": return new Promise(() => {});
              case "wrong": return [["refs/heads/main", "x"]];
              case "exit": process.exit(7);
              case "exit later": setTimeout(() => process.exit(7), 1); break;
              case "leak": Promise.reject(new Error("leaked")); break;
              case "loose": setTimeout(() => { throw new Error("loose") }, 1); break;
            }
            return new Map([...refs].filter(([ref]) => ref.startsWith(prefix)));
          },
          async compareAndSwap(updates) {
            if (updates.some((update) => refs.get(update.ref) !== update.old)) return false;
            if (mood() === "lie") return true;
            if (mood() === "refuse every swap") return false;
            if (mood() === "answer a swap with a word") return "done";
            for (const update of updates) refs.set(update.ref, update.new);
            swapped = mood() === "gone after a swap";
            return true;
          },
        },
        async close() {},
      };
    },
  });`;

const MOODS: Readonly<Record<string, RegExp>> = {
  throw: /I am in no mood/,
  hang: /did not answer within 10 s/,
  wrong: /answered an array and not a Map/,
  exit: /process\.exit\(7\)/,
  "exit later": /called process\.exit\(7\)/,
  leak: /leaked a rejected promise: leaked/,
  "leak all the time": /leaked a rejected promise: again/,
  loose: /threw where nobody catches: loose/,
};

const WRITE_MOODS: Readonly<Record<string, RegExp>> = {
  "hand out what is corrupt": /objects\.read answered a corrupt object/,
  "throw when it stores": /objects\.write: no more room in here/,
  "hang when it stores": /objects\.write did not answer within 10 s/,
  "refuse every swap": /compareAndSwap answered false 3 times, but refs\/heads\/main is at/,
  "answer a swap with a word": /refs\.compareAndSwap answered the text "done"/,
};

/** The storage whose plugin is to come to that. */
const storageOf = (mood: string): string => mood.replaceAll(" ", "-");
/** Longer than waiting for a back-off at its longest takes on a crowded machine. */
const PATIENCE_MS = 240_000;

const undo: (() => unknown)[] = [];
let daemon: RunningDaemon;
let directory: string;

// One daemon with a storage for each mood: what one plugin does is nothing to the others.
test.before(async () => {
  const scope: Scope = { teardown: (step) => void undo.push(step) };
  directory = await temporaryDirectory(scope);
  const moods = [...Object.keys(MOODS), ...Object.keys(WRITE_MOODS), "lie", "gone after a swap"].map(storageOf);
  for (const id of moods) {
    await mkdir(join(directory, id));
    await writeFile(join(directory, id, "mood"), "good");
    await writeFile(join(directory, id, "moody.mjs"), source(join(directory, id)));
  }
  const storage = moods.map((id) => [id, { backend: { type: `./${id}/moody.mjs` } }] as const);
  daemon = await startDaemon(scope, {
    cwd: directory,
    config: {
      storage: { ...Object.fromEntries(storage), calm: { backend: { type: "memory" } } },
      environments: {
        ...Object.fromEntries(moods.map((id) => [id, { storage: id }])),
        calm: { storage: "calm", default: true },
      },
    },
  });
});
test.after.always(async () => {
  for (const step of undo.reverse()) await step();
});

const statusOf = async (id: string): Promise<Json> =>
  (await daemon.get("/api/status")).body.storages.find((one: Json) => one.id === id);
const stateOf = async (id: string): Promise<string> => String((await statusOf(id)).state);

interface Moody {
  readonly id: string;
  readonly resources: string;
  readonly feel: (mood: string) => Promise<void>;
  readonly state: () => Promise<string>;
  /** Creates or changes a flag. */
  readonly write: (method: "POST" | "PUT", key: string) => ReturnType<RunningDaemon["call"]>;
  /** Lines so far about its storage. */
  readonly lines: () => readonly LogLine[];
}

function moody(mood: string): Moody {
  const id = storageOf(mood);
  const resources = `/api/v2/environments/${id}/namespaces/default/resources`;
  return {
    id,
    resources,
    feel: (now) => writeFile(join(directory, id, "mood"), now),
    state: () => stateOf(id),
    write: (method, key) =>
      daemon.call(method, resources, {
        key,
        payload: { "@type": "flipt.core.Flag", key, name: "X", type: "BOOLEAN_FLAG_TYPE", enabled: true },
      }),
    lines: () => daemon.lines.filter((line) => line.storage === id || JSON.stringify(line).includes(`storage ${id})`)),
  };
}

for (const [mood, expected] of Object.entries(MOODS)) {
  test(`a plugin that comes to ${mood} fails its storage, drops no read, and is ready again once it behaves`, async (t) => {
    t.timeout(PATIENCE_MS);
    const { id, feel, state, lines } = moody(mood);
    await feel(mood);
    const failed = await eventually(
      () => statusOf(id),
      (one) => one.state === "failed",
    );
    t.regex(failed.lastError.message, expected);
    t.true(
      /plugin "moody" \(.*, storage (.*)\): use failed: /.exec(failed.lastError.message)?.[1] === id,
      failed.lastError.message,
    );
    t.true(failed.lastError.message.length < 700);
    t.is(await stateOf("calm"), "ready");
    for (const environment of [id, "calm"]) {
      const answer = await daemon.get("/api/v1/namespaces/default/flags", { "x-flipt-environment": environment });
      t.is(answer.status, 200, environment);
    }
    // However often it happens, it is not said each time.
    await new Promise((resolve) => setTimeout(resolve, mood === "leak all the time" ? 5_000 : 0));
    const told = lines().filter(({ level }) => level !== "debug" && level !== "info");
    t.true(told.length <= 20, `${told.length} lines`);
    t.true(
      told.every((line) => String(line.reason ?? line.error).includes('plugin "moody"')),
      JSON.stringify(told),
    );
    const before = lines().length;
    await feel("good");
    await eventually(state, (now) => now === "ready");
    t.true(
      lines()
        .slice(before)
        .filter((line) => line.level !== "debug").length <= 20,
    );
    t.is(daemon.child.exitCode, null);
  });
}

for (const [mood, expected] of Object.entries(WRITE_MOODS)) {
  test(`a plugin that comes to ${mood} fails the write and its storage, and is ready again once it behaves`, async (t) => {
    t.timeout(PATIENCE_MS);
    const { id, feel, state, write, lines } = moody(mood);
    t.is((await write("POST", "before")).status, 200);
    await feel(mood);
    const { status } = await write("POST", "meanwhile");
    t.true(status >= 500, String(status));
    const failed = await daemon.line(({ event, storage }) => event === "storage.failed" && storage === id);
    t.regex(String(failed.reason), expected);
    t.is(await stateOf("calm"), "ready");
    const flags = "/api/v1/namespaces/default/flags";
    const { body } = await daemon.get(flags, { "x-flipt-environment": id });
    t.deepEqual(
      body.flags.map(({ key }: { readonly key: string }) => key),
      ["before"],
    );
    await feel("good");
    await eventually(state, (now) => now === "ready");
    t.is((await write("POST", "after")).status, 200);
    t.true(lines().filter(({ level }) => level === "error" || level === "warn").length <= 20);
  });
}

test("a plugin that lies about a swap fails the write and its storage, and recovers", async (t) => {
  t.timeout(PATIENCE_MS);
  const { resources, feel, state, write } = moody("lie");
  t.is((await write("POST", "x")).status, 200);
  await feel("lie");
  const answer = await write("POST", "y");
  t.true(answer.status >= 500, String(answer.status));
  await feel("good");
  await eventually(state, (now) => now === "ready");
  t.is((await daemon.get(`${resources}/flipt.core.Flag/y`)).status, 404);
  t.is((await write("PUT", "x")).status, 200);
});

test("a write whose store goes away right after the swap is acknowledged, and served when the store is back", async (t) => {
  t.timeout(PATIENCE_MS);
  const { resources, feel, state, write } = moody("gone after a swap");
  await feel("gone after a swap");
  const answer = await write("POST", "x");
  t.is(answer.status, 200, JSON.stringify(answer.body));
  await eventually(state, (now) => now === "failed");
  await feel("good");
  await eventually(
    () => daemon.get(`${resources}/flipt.core.Flag/x`),
    ({ status }) => status === 200,
  );
  await eventually(state, (now) => now === "ready");
});

test("a plugin that cannot be used at start ends the process with code 1 and one line", async (t) => {
  const cwd = await temporaryDirectory(t);
  await writeFile(join(cwd, "broken.mjs"), "export const plugin = 1;");
  const broken = await startDaemon(t, {
    cwd,
    start: "any",
    config: { storage: { default: { backend: { type: "./broken.mjs" } } } },
  });
  t.is(await broken.exited, 1);
  const line = broken.lines.find(({ event }) => event === "daemon.failed");
  t.regex(String(line?.reason), /plugin "\.\/broken\.mjs" .*: check failed: the module has no default export/);
});
