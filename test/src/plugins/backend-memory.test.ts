import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import memory from "@vexil/backend-memory";
import type { Backend } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { commitOf, gitObject, history, RecordingLogger, treeOf, uniqueBlob } from "@vexil/plugin-api/testing";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";

interface Started {
  readonly path: string;
  readonly logger: RecordingLogger;
  readonly open: (settings?: object) => Promise<Backend>;
}

async function start(t: ExecutionContext): Promise<Started> {
  const path = join(await temporaryDirectory(t), "state", "main.vexil");
  const logger = new RecordingLogger();
  const open = async (settings: object = {}): Promise<Backend> => {
    const result = await memory.schema["~standard"].validate(settings);
    if (result.issues !== undefined) throw new Error(result.issues[0]?.message);
    const signature = { name: "flipt", email: "flipt@example.com" };
    return memory.create(result.value, {
      storage: { id: "main", branch: "main", hasRemote: true, signature },
      configDirectory: process.cwd(),
      logger,
      redact: () => {},
      signal: new AbortController().signal,
    });
  };
  return { path, logger, open };
}

async function commit(backend: Backend, ref: string, old?: string): Promise<string> {
  const { objects, commits } = history(1);
  await backend.objects.write(objects);
  const oid = commits[0]?.oid ?? "";
  await backend.refs.compareAndSwap([{ ref, old, new: oid, reason: "test" }]);
  return oid;
}

test("pruning drops what nothing reaches, so that a thousand polls leave no more than one", async (t) => {
  const { open } = await start(t);
  const backend = await open();
  const { objects, commits } = history(1_000);
  for (const [poll, { oid }] of commits.entries()) {
    // As a poll of depth 1 does it: the new tip is the boundary, and the last one, its parent, is still here.
    await backend.objects.write(objects.slice(poll * 4, poll * 4 + 4));
    await backend.shallow?.update([oid], []);
    await backend.refs.compareAndSwap([
      { ref: "refs/heads/main", old: commits[poll - 1]?.oid, new: oid, reason: "poll" },
    ]);
    await backend.prune?.({ roots: [], keepNewerThanMs: 0 });
  }
  // The last batch may count as new to a prune in the same moment.
  const left = (await backend.objects.read(objects.map(({ oid }) => oid))).size;
  t.is(left, 4);
  t.deepEqual(await backend.shallow?.read(), new Set([commits.at(-1)?.oid as string]));
});

test("at most a hundred kept refs stay, the newest", async (t) => {
  const { open } = await start(t);
  const backend = await open();
  const kept: string[] = [];
  for (let index = 0; index < 130; index += 1) {
    const { oid } = uniqueBlob();
    kept.push(`refs/vexil/kept/${oid}`);
    await backend.refs.compareAndSwap([{ ref: `refs/vexil/kept/${oid}`, old: undefined, new: oid, reason: "kept" }]);
  }
  t.deepEqual([...(await backend.refs.list("refs/vexil/kept/")).keys()], kept.slice(-100));
});

test("a write beyond max_size is refused with what would be needed, and pruning makes room", async (t) => {
  const { open } = await start(t);
  const backend = await open({ max_size: "1MB" });
  await backend.objects.write([uniqueBlob(900_000)]);
  const error = await t.throwsAsync(backend.objects.write([uniqueBlob(200_000)]));
  t.true(VexilError.is(error) && error.code === "VEXIL_UNAVAILABLE_SPACE" && /1101024 bytes/.test(error.message));
  await new Promise((resolve) => setTimeout(resolve, 2));
  await backend.prune?.({ roots: [], keepNewerThanMs: 0 });
  await t.notThrowsAsync(backend.objects.write([uniqueBlob(200_000)]));
});

test("without saved_state_path a second instance is empty", async (t) => {
  const { open } = await start(t);
  await commit(await open(), "refs/heads/main");
  t.is((await (await open()).refs.list("")).size, 0);
});

test("with saved_state_path the last state is there after a restart: refs, objects, shallow", async (t) => {
  const { open, path, logger } = await start(t);
  const before = await open({ saved_state_path: path });
  const tip = await commit(before, "refs/heads/main");
  await before.shallow?.update([tip], []);
  await before.objects.write([uniqueBlob(50_000)]);
  const next = await commit(before, "refs/heads/other");
  await before.close();
  const after = await open({ saved_state_path: path });
  t.deepEqual(
    await after.refs.list(""),
    new Map([
      ["refs/heads/main", tip],
      ["refs/heads/other", next],
    ]),
  );
  t.is((await after.objects.read([tip, next])).size, 2);
  t.deepEqual(await after.shallow?.read(), new Set([tip]));
  t.true(logger.lines.some((line) => line.event === "saved-state.loaded"));
  t.true((await readFile(path)).byteLength < 10_000, "what no ref reaches is not kept");
});

test("the state is saved while the daemon runs, not only when it stops", async (t) => {
  const { open, path } = await start(t);
  const backend = await open({ saved_state_path: path });
  const tip = await commit(backend, "refs/heads/main");
  const saved = await eventually(
    async () => (await open({ saved_state_path: path })).refs.list("refs/heads/"),
    ({ size }) => size === 1,
  );
  t.deepEqual(saved, new Map([["refs/heads/main", tip]]));
});

test("a saved state that is cut, changed or of another kind is logged and ignored", async (t) => {
  const { open, path, logger } = await start(t);
  const backend = await open({ saved_state_path: path });
  await commit(backend, "refs/heads/main");
  await backend.close();
  const good = await readFile(path);
  const flipped = Buffer.from(good);
  flipped[good.length - 20] = (flipped[good.length - 20] ?? 0) ^ 0xff;
  for (const bad of [good.subarray(0, good.length / 2), flipped, Buffer.from("not this"), Buffer.alloc(0)]) {
    await writeFile(path, bad);
    logger.lines.length = 0;
    const after = await open({ saved_state_path: path });
    t.is((await after.refs.list("")).size, 0);
    t.like(logger.lines[0], { level: "warn", event: "saved-state.ignored" });
    const tip = await commit(after, "refs/heads/new");
    t.deepEqual([...(await after.refs.list("")).values()], [tip]);
  }
});

test("a state that cannot be saved is an error in the log and fails nothing", async (t) => {
  const { open, logger } = await start(t);
  const backend = await open({ saved_state_path: "/dev/null/impossible/state" });
  await commit(backend, "refs/heads/main");
  await backend.close();
  t.true(logger.lines.some((line) => line.level === "error" && line.event === "saved-state.failed"));
});

test("trees, tags and submodules are walked as git does", async (t) => {
  const { open } = await start(t);
  const backend = await open();
  const blob = gitObject("blob", "deep");
  const inner = treeOf({ name: "f", oid: blob.oid });
  const outer = treeOf(
    { name: "d", mode: "40000", oid: inner.oid },
    { name: "module", mode: "160000", oid: uniqueBlob().oid },
  );
  const tip = commitOf(outer.oid, { headers: `mergetag object ${blob.oid}\n type blob\n` });
  await backend.objects.write([blob, inner, outer, tip]);
  await backend.refs.compareAndSwap([{ ref: "refs/heads/main", old: undefined, new: tip.oid, reason: "test" }]);
  await new Promise((resolve) => setTimeout(resolve, 2));
  await backend.prune?.({ roots: [], keepNewerThanMs: 0 });
  t.is((await backend.objects.read([blob.oid, inner.oid, outer.oid, tip.oid])).size, 4);
});
