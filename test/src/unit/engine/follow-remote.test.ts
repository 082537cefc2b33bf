import { followAll, followBare } from "@vexil/engine/storage/fetch/follow-remote";
import { openRepository } from "@vexil/git/repository";
import type { Oid } from "@vexil/plugin-api";
import test from "ava";
import { machine } from "../../helpers/machine/machine.js";
import { MapRemote } from "../../helpers/machine/map-remote.js";

const signal = new AbortController().signal;
const context = { signal, correlationId: "c" };

/** A backend with some commits in a row, and one that is on no other's way. */
async function start() {
  const store = new MapRemote();
  const first = await store.commit({ "a.txt": "1" });
  const second = await store.commit({ "a.txt": "2" });
  store.backend.heads.set("refs/heads/main", first);
  const local = await store.commit({ "b.txt": "local" });
  const repository = openRepository(store.backend);
  const { heads } = store.backend;
  const head = (branch = "main"): Oid | undefined => heads.get(`refs/heads/${branch}`);
  const set = (ref: string, oid: Oid | undefined): void =>
    void (oid === undefined ? heads.delete(ref) : heads.set(ref, oid));
  return { repository, heads, first, second, local, head, set };
}

test("a branch follows the remote's head, be it new here or where the last poll left it", async (t) => {
  const { repository, first, second, head, set } = await start();
  set("refs/remotes/origin/main", second);
  set("refs/heads/main", undefined);
  t.deepEqual(await followBare(repository, "main", second, undefined), { moved: true, kept: undefined });
  t.is(head(), second);
  set("refs/heads/main", first);
  t.deepEqual(await followBare(repository, "main", second, first), { moved: true, kept: undefined });
  t.is(head(), second);
});

test("a local commit that the remote never had is kept under a ref before the branch leaves it", async (t) => {
  const { repository, first, second, local, head, heads, set } = await start();
  set("refs/remotes/origin/main", second);
  const followed = await followBare(repository, "main", second, first);
  t.deepEqual(followed, { moved: true, kept: { commit: local, ref: `refs/vexil/kept/${local}`, branch: "main" } });
  t.is(head(), second);
  t.is(heads.get(`refs/vexil/kept/${local}`), local);
});

test("no branch leaves a local commit whose kept ref the backend does not make, and a refusal by chance is tried again", async (t) => {
  const { repository, first, second, local, head, heads, set } = await start();
  set("refs/remotes/origin/main", second);
  const { refs } = repository.backend;
  const swap = refs.compareAndSwap.bind(refs);
  let refusals = Number.POSITIVE_INFINITY;
  refs.compareAndSwap = async (updates, signal) => {
    if (updates.some(({ ref }) => ref.startsWith("refs/vexil/kept/")) && refusals > 0) {
      refusals -= 1;
      return false;
    }
    return swap(updates, signal);
  };
  await t.throwsAsync(followBare(repository, "main", second, first), { code: "VEXIL_UNAVAILABLE_STORAGE" });
  t.is(head(), local);
  refusals = 1;
  t.like(await followBare(repository, "main", second, first), { moved: true, kept: { commit: local } });
  t.is(heads.get(`refs/vexil/kept/${local}`), local);
  t.is(head(), second);
});

test("what a poll saw before a push overtook it moves nothing back", async (t) => {
  const { repository, first, second, head, set } = await start();
  set("refs/heads/main", second);
  set("refs/remotes/origin/main", second);
  t.deepEqual(await followBare(repository, "main", first, first), { moved: false, kept: undefined });
  t.is(head(), second);
  const polled = { heads: new Map([["main", first]]), previous: new Map([["main", second]]) };
  t.deepEqual(await followAll(repository, ["main"], polled), []);
  t.is(head(), second);
});

test("a branch that is gone from the remote goes here too, with what was made here kept", async (t) => {
  const { repository, first, local, head, heads, set } = await start();
  const branch = "flipt/default/x";
  set(`refs/heads/${branch}`, first);
  t.like(await followBare(repository, branch, undefined, first), { moved: true, kept: undefined });
  t.is(head(branch), undefined);
  set(`refs/heads/${branch}`, local);
  t.like(await followBare(repository, branch, undefined, first), { moved: true, kept: { commit: local } });
  t.is(heads.get(`refs/vexil/kept/${local}`), local);
});

test("many branches move together; one that is special is looked at by itself", async (t) => {
  const { repository, first, second, local, head, set } = await start();
  const names = Array.from({ length: 250 }, (_, index) => `flipt/default/b${index}`);
  for (const name of names) {
    set(`refs/heads/${name}`, first);
    set(`refs/remotes/origin/${name}`, second);
  }
  set("refs/remotes/origin/main", second);
  const all = ["main", ...names];
  const kept = await followAll(repository, all, {
    heads: new Map(all.map((name) => [name, second])),
    previous: new Map(all.map((name) => [name, first])),
  });
  t.deepEqual(
    kept.map(({ commit }) => commit),
    [local],
  );
  t.true(all.every((name) => head(name) === second));
});

test("a remote that has nothing at all is given its first commit; one with other branches says what it has", async (t) => {
  const empty = await machine(t, { files: null });
  const download = await empty.storage.fetches.fetcher.download(context);
  t.is(download.seeded, empty.remote.head());
  t.truthy(download.seeded);

  const wrong = await machine(t, { files: null });
  await wrong.remote.commit({ "default/features.yaml": "namespace: default\n" }, "master");
  await t.throwsAsync(wrong.storage.fetches.fetcher.download(context), {
    code: "VEXIL_REMOTE_BRANCH_GONE",
    message: /has no branch "main"; it has .*master/,
  });
  t.is(wrong.remote.head(), undefined, "nothing is made there");

  const closed = await machine(t, { files: null, config: { readOnly: true } });
  await t.throwsAsync(closed.storage.fetches.fetcher.download(context), {
    code: "VEXIL_REMOTE_BRANCH_GONE",
    message: /it is empty/,
  });
});

test("a branch that was there and is gone keeps its last state", async (t) => {
  const one = await machine(t);
  await one.open().settled;
  one.remote.backend.heads.delete("refs/heads/main");
  await one.remote.commit({ "x.txt": "x" }, "other");
  await t.throwsAsync(one.storage.fetches.fetcher.download(context), {
    message: /no longer has the branch "main"; its last state stays/,
  });
  t.deepEqual(one.served(), { one: true });
});
