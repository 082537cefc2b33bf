import { WorkTreeReader } from "@vexil/engine/storage/state/work-tree-reader";
import { StorageEvents } from "@vexil/engine/storage/storage-events";
import { openRepository } from "@vexil/git/repository";
import type { WorkTree, WorkTreeScan } from "@vexil/plugin-api";
import test from "ava";
import { MapRemote } from "../../helpers/machine/map-remote.js";
import { VirtualClock } from "../../helpers/machine/virtual-clock.js";

const MAIN = "refs/heads/main";

test("a commit that a reset took away is made again at the next look where the first one failed", async (t) => {
  const store = new MapRemote();
  const base = await store.commit({ "default/features.yaml": "a: 1\n" });
  const lost = await store.commit({ "default/features.yaml": "a: 2\n" });
  await store.backend.refs.compareAndSwap([{ ref: MAIN, old: lost, new: base, reason: "reset: moving to HEAD" }]);
  let told: readonly string[] = [lost];
  let isLocked = true;
  const workTree: Pick<WorkTree, "apply"> = {
    apply: async (update) => {
      if (isLocked) throw new Error("index.lock");
      return { type: (await store.backend.refs.compareAndSwap([update])) ? "applied" : "moved" };
    },
  };
  const state = {
    workTree,
    scan: async (): Promise<WorkTreeScan> => {
      const discarded = told;
      told = [];
      return { head: { branch: MAIN }, edits: new Map(), discarded };
    },
  };
  const own: string[] = [];
  const repository = openRepository(store.backend);
  const reader = new WorkTreeReader(
    state as never,
    repository,
    { instance: "test", seals: { resealer: async () => () => undefined } } as never,
    { add: (oid: string) => void own.push(oid) } as never,
    {} as never,
    { branch: "main", hasRemote: false },
  );
  const context = { signal: new AbortController().signal, correlationId: "1" };
  await t.throwsAsync(reader.look(context), { message: "index.lock" });
  isLocked = false;
  await reader.look(context);
  const head = await repository.head(MAIN);
  t.deepEqual([head], own);
  t.not(head, base);
  t.deepEqual([...((await repository.readCommit(head ?? ""))?.parents ?? [])], [base]);
  await reader.look(context);
  t.is(own.length, 1, "it is made once");
});

test("a commit that cannot be made again is kept under a ref, and is not forgotten while that cannot be made", async (t) => {
  const store = new MapRemote();
  const base = await store.commit({ "default/features.yaml": "a: 1\n" });
  const lost = await store.commit({ "default/features.yaml": "a: 2\n" });
  store.backend.heads.set(MAIN, base);
  const kept = `refs/vexil/kept/${lost}`;
  let isLocked = true;
  const { refs } = store.backend;
  const swap = refs.compareAndSwap.bind(refs);
  refs.compareAndSwap = async (updates, signal) =>
    isLocked && updates.some(({ ref }) => ref === kept) ? false : swap(updates, signal);
  let told: readonly string[] = [lost];
  const state = {
    workTree: { apply: async () => ({ type: "edited", paths: ["default/features.yaml"] }) },
    scan: async (): Promise<WorkTreeScan> => {
      const discarded = told;
      told = [];
      return { head: { branch: MAIN }, edits: new Map(), discarded };
    },
  };
  const reader = new WorkTreeReader(
    state as never,
    openRepository(store.backend),
    { instance: "test", seals: { resealer: async () => () => undefined } } as never,
    { add: () => t.fail("it is not made again") } as never,
    new StorageEvents({ id: "main", branch: "main" }, new VirtualClock()),
    { branch: "main", hasRemote: false },
  );
  const context = { signal: new AbortController().signal, correlationId: "1" };
  await t.throwsAsync(reader.look(context), { code: "VEXIL_UNAVAILABLE_STORAGE" });
  isLocked = false;
  const { events } = await reader.look(context);
  t.like(events[0], { type: "commit.kept", commit: lost, ref: kept });
  t.is(store.backend.heads.get(kept), lost);
});
