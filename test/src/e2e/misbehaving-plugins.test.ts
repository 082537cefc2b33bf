import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

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

interface Started {
  readonly daemon: RunningDaemon;
  readonly feel: (mood: string) => Promise<void>;
  readonly state: (storage: string) => Promise<string>;
}

async function start(t: ExecutionContext): Promise<Started> {
  const directory = await temporaryDirectory(t);
  const feel = (mood: string): Promise<void> => writeFile(join(directory, "mood"), mood);
  await feel("good");
  await writeFile(join(directory, "moody.mjs"), source(directory));
  const daemon = await startDaemon(t, {
    cwd: directory,
    config: {
      storage: { main: { backend: { type: "./moody.mjs" } }, calm: { backend: { type: "memory" } } },
      environments: { moody: { storage: "main", default: true }, calm: { storage: "calm" } },
    },
  });
  const state = async (id: string): Promise<string> => {
    const { storages } = (await daemon.get("/api/status")).body;
    return String(storages.find((one: { readonly id: string }) => one.id === id).state);
  };
  return { daemon, feel, state };
}

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

for (const [mood, expected] of Object.entries(MOODS)) {
  test(`a plugin that comes to ${mood} fails its storage, drops no read, and is ready again once it behaves`, async (t) => {
    t.timeout(240_000);
    const { daemon, feel, state } = await start(t);
    await feel(mood);
    const failed = await eventually(
      async () => (await daemon.get("/api/status")).body.storages.find((one: { id: string }) => one.id === "main"),
      (one) => one.state === "failed",
    );
    t.regex(failed.lastError.message, expected);
    t.regex(failed.lastError.message, /plugin "moody" \(.*, storage main\): use failed: /);
    t.true(failed.lastError.message.length < 700);
    t.is(await state("calm"), "ready");
    for (const environment of ["moody", "calm"]) {
      const answer = await daemon.get("/api/v1/namespaces/default/flags", { "x-flipt-environment": environment });
      t.is(answer.status, 200, environment);
    }
    // However often it happens, it is not said each time.
    await new Promise((resolve) => setTimeout(resolve, mood === "leak all the time" ? 5_000 : 0));
    const told = daemon.lines.filter(({ level }) => level !== "debug" && level !== "info");
    t.true(told.length <= 20, `${told.length} lines`);
    t.true(
      told.every((line) => String(line.reason ?? line.error).includes('plugin "moody"')),
      JSON.stringify(told),
    );
    const before = daemon.lines.length;
    await feel("good");
    await eventually(
      () => state("main"),
      (now) => now === "ready",
    );
    t.true(daemon.lines.slice(before).filter((line) => line.level !== "debug").length <= 20);
    t.is(daemon.child.exitCode, null);
  });
}

const WRITE_MOODS: Readonly<Record<string, RegExp>> = {
  "hand out what is corrupt": /objects\.read answered a corrupt object/,
  "throw when it stores": /objects\.write: no more room in here/,
  "hang when it stores": /objects\.write did not answer within 10 s/,
  "refuse every swap": /compareAndSwap answered false 3 times, but refs\/heads\/main is at/,
  "answer a swap with a word": /refs\.compareAndSwap answered the text "done"/,
};

for (const [mood, expected] of Object.entries(WRITE_MOODS)) {
  test(`a plugin that comes to ${mood} fails the write and its storage, and is ready again once it behaves`, async (t) => {
    t.timeout(120_000);
    const { daemon, feel, state } = await start(t);
    const write = (key: string): Promise<{ readonly status: number }> =>
      daemon.call("POST", "/api/v2/environments/moody/namespaces/default/resources", {
        key,
        payload: { "@type": "flipt.core.Flag", key, name: "X", type: "BOOLEAN_FLAG_TYPE", enabled: true },
      });
    t.is((await write("before")).status, 200);
    await feel(mood);
    const { status } = await write("meanwhile");
    t.true(status >= 500, String(status));
    const failed = await daemon.line(({ event, storage }) => event === "storage.failed" && storage === "main", 30_000);
    t.regex(String(failed.reason), expected);
    t.is(await state("calm"), "ready");
    const flags = "/api/v1/namespaces/default/flags";
    const { body } = await daemon.get(flags, { "x-flipt-environment": "moody" });
    t.deepEqual(
      body.flags.map(({ key }: { readonly key: string }) => key),
      ["before"],
    );
    await feel("good");
    await eventually(
      () => state("main"),
      (now) => now === "ready",
    );
    t.is((await write("after")).status, 200);
    t.true(daemon.lines.filter(({ level }) => level === "error" || level === "warn").length <= 20);
  });
}

test("a plugin that lies about a swap fails the write and its storage, and recovers", async (t) => {
  t.timeout(60_000);
  const { daemon, feel, state } = await start(t);
  const write = (method: "POST" | "PUT"): Promise<{ readonly status: number }> =>
    daemon.call(method, "/api/v2/environments/moody/namespaces/default/resources", {
      key: "x",
      payload: { "@type": "flipt.core.Flag", key: "x", name: "X", type: "BOOLEAN_FLAG_TYPE", enabled: true },
    });
  t.is((await write("POST")).status, 200);
  await feel("lie");
  const answer = await daemon.call("POST", "/api/v2/environments/moody/namespaces/default/resources", {
    key: "y",
    payload: { "@type": "flipt.core.Flag", key: "y", name: "Y", type: "BOOLEAN_FLAG_TYPE", enabled: true },
  });
  t.true(answer.status >= 500, String(answer.status));
  await feel("good");
  await eventually(
    () => state("main"),
    (now) => now === "ready",
    25_000,
  );
  t.is((await daemon.get("/api/v2/environments/moody/namespaces/default/resources/flipt.core.Flag/y")).status, 404);
  t.is((await write("PUT")).status, 200);
});

test("a write whose store goes away right after the swap is acknowledged, and served when the store is back", async (t) => {
  t.timeout(60_000);
  const { daemon, feel, state } = await start(t);
  await feel("gone after a swap");
  const resources = "/api/v2/environments/moody/namespaces/default/resources";
  const answer = await daemon.call("POST", resources, {
    key: "x",
    payload: { "@type": "flipt.core.Flag", key: "x", name: "X", type: "BOOLEAN_FLAG_TYPE", enabled: true },
  });
  t.is(answer.status, 200, JSON.stringify(answer.body));
  await eventually(
    () => state("main"),
    (now) => now === "failed",
    30_000,
  );
  await feel("good");
  await eventually(
    () => daemon.get(`${resources}/flipt.core.Flag/x`),
    ({ status }) => status === 200,
    25_000,
  );
  await eventually(
    () => state("main"),
    (now) => now === "ready",
    25_000,
  );
});

test("a plugin that cannot be used at start ends the process with code 1 and one line", async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(join(directory, "broken.mjs"), "export const plugin = 1;");
  const daemon = await startDaemon(t, {
    cwd: directory,
    start: "any",
    config: { storage: { default: { backend: { type: "./broken.mjs" } } } },
  });
  t.is(await daemon.exited, 1);
  const line = daemon.lines.find(({ event }) => event === "daemon.failed");
  t.regex(String(line?.reason), /plugin "\.\/broken\.mjs" .*: check failed: the module has no default export/);
});
