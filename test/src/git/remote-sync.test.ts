import { systemClock } from "@vexil/engine/model/clock";
import { followBare } from "@vexil/engine/storage/fetch/follow-remote";
import { RemoteSync } from "@vexil/engine/storage/fetch/remote-sync";
import { isWantedPath } from "@vexil/flags/read/feature-paths";
import { openRepository } from "@vexil/git/repository";
import type { Oid, ShallowList } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { startFaultServer } from "../helpers/git-servers/fault-server.js";
import { never, openTestRemote } from "../helpers/git-servers/remote-client.js";
import { shallowMapBackend } from "../helpers/plugins/map-backend.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const flags = (count: number, changed = -1): string =>
  Array.from(
    { length: count },
    (_, index) => `# flag ${index} ${index === changed ? "on" : "off"} ${index * 7919}`,
  ).join("\n");

const isWanted = (path: string): boolean => isWantedPath("", path);

/** Other files as a repository of much else holds them, in directories of 50. */
const others = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`src/${n % 60}/${n}.txt`, `${n} ${"x".repeat(n % 500)}\n`]),
  );

async function start(t: ExecutionContext, more: Readonly<Record<string, string>> = {}, allowFilter = true) {
  const files = { "a/features.yaml": flags(400), "b/features.yaml": flags(10), ...more };
  const repository = await temporaryRepository(t, { files, allowFilter });
  const server = await startFaultServer(t, repository.path);
  const backend = shallowMapBackend();
  const sync = new RemoteSync(openTestRemote(t, server.url), backend, "main", systemClock, { file: isWanted });
  const fetches = (): number => server.requests.filter((kind) => kind === "fetch").length;
  return { repository, server, backend, sync, fetches, local: openRepository(backend) };
}

test("a thin pack whose base is missing here is fetched once more as a whole", async (t) => {
  const { repository, backend, sync, fetches, local } = await start(t);
  await sync.download(never);
  const lost = await repository.git("rev-parse", "main:a/features.yaml");
  t.true(backend.stored.delete(lost));
  const head = await repository.commit({ "a/features.yaml": flags(400, 7) });
  const { heads, changed } = await sync.download(never);
  t.deepEqual([heads.get("main"), changed, fetches()], [head, true, 4]);
  const file = (await local.listFiles(head, "a", () => true)).get("a/features.yaml");
  const blob = (await local.readBlobs([file?.oid as string])).get(file?.oid as string);
  t.is(Buffer.from(blob ?? []).toString(), flags(400, 7));
});

test("what stays corrupt is fetched twice and no more, and nothing moves", async (t) => {
  const { repository, server, backend, sync, fetches } = await start(t);
  await server.fail({ type: "corrupt", after: -30, on: ["fetch"] });
  await t.throwsAsync(sync.download(never), { code: "VEXIL_CONNECTION_CORRUPT" });
  t.is(fetches(), 1);
  await server.fail(undefined);
  const { heads } = await sync.download(never);
  await repository.commit({ "a/features.yaml": flags(400, 8) });
  await server.fail({ type: "corrupt", after: -30, on: ["fetch"] });
  await t.throwsAsync(sync.download(never), { code: "VEXIL_CONNECTION_CORRUPT" });
  t.deepEqual([fetches(), backend.heads.get("refs/remotes/origin/main")], [5, heads.get("main")]);
});

test("a commit is here only with the boundary of its history, whatever cuts the fetch, and the past can be had", async (t) => {
  const { repository, server, backend, local } = await start(t);
  await repository.commit({ "b/features.yaml": flags(10, 1) });
  const head = await repository.commit({ "b/features.yaml": flags(10, 2) });
  let isCut = true;
  const cut = {
    ...backend,
    shallow: {
      ...(backend.shallow as ShallowList),
      update: async (...lines: Parameters<ShallowList["update"]>) => {
        if (isCut) throw new Error("the disk is full");
        return backend.shallow?.update(...lines);
      },
    },
  };
  const sync = new RemoteSync(openTestRemote(t, server.url), cut, "main", systemClock, { file: isWanted });
  await t.throwsAsync(sync.download(never), { message: "the disk is full" });
  isCut = false;
  await sync.download(never);
  t.deepEqual([...((await backend.shallow?.read()) ?? [])], [head]);
  await sync.deepen(head, 10, never);
  const parent = (await local.readCommit(head))?.parents[0] as Oid;
  t.is((await local.readCommit(parent))?.parents.length, 1);
});

type Started = Awaited<ReturnType<typeof start>>;

const blobsOf = ({ backend }: Started): number =>
  [...backend.stored.values()].filter(({ type }) => type === "blob").length;

async function contentOf({ backend }: Started, commit: Oid, path: string): Promise<string> {
  const local = openRepository(backend);
  const oid = (await local.listFiles(commit, "", isWanted)).get(path)?.oid as Oid;
  return Buffer.from((await local.readBlobs([oid])).get(oid) ?? []).toString();
}

test("of a repository that holds much else only the trees and the wanted files are fetched", async (t) => {
  const started = await start(t, others(3_000));
  const { repository, server, backend, sync, fetches } = started;
  const first = await sync.download(never);
  t.true(first.bytes < 120_000, `${first.bytes} bytes`);
  t.deepEqual([blobsOf(started), fetches()], [2, 2]);
  const head = await repository.commit({ "b/features.yaml": flags(10, 3), "src/1/1.txt": "other\n" });
  const poll = await sync.download(never);
  t.true(poll.bytes < 5_000, `${poll.bytes} bytes`);
  t.deepEqual([blobsOf(started), await contentOf(started, head, "b/features.yaml")], [3, flags(10, 3)]);
  // A file that is here under another name, and one that was among the others before.
  const moved = await repository.commit({ "c/features.yaml": "7 xxxxxxx\n", "d/features.yaml": flags(10) });
  await sync.download(never);
  t.is(await contentOf(started, moved, "c/features.yaml"), "7 xxxxxxx\n");
  t.is(await contentOf(started, moved, "d/features.yaml"), flags(10));

  await repository.commit({ "src/2/2.txt": "other\n", "a/features.yaml": flags(400, 5) });
  const before = backend.heads.get("refs/remotes/origin/main");
  // The trees arrive, the files do not: then nothing is kept of the commit, and the next poll brings both.
  const blobs = await repository.git("rev-parse", "main:a/features.yaml");
  await server.fail({
    type: "rewrite",
    rewrite: (body, kind) => (kind === "fetch" && fetches() % 2 === 0 ? body.subarray(0, 40) : body),
  });
  await t.throwsAsync(sync.download(never));
  t.is(backend.heads.get("refs/remotes/origin/main"), before);
  t.false(backend.stored.has(blobs));
  await server.fail(undefined);
  const last = await sync.download(never);
  t.is(await contentOf(started, last.heads.get("main") as Oid, "a/features.yaml"), flags(400, 5));

  // The past is deepened in the same way; an instance that goes on with this state finds out what it is.
  const again = new RemoteSync(openTestRemote(t, server.url), backend, "main", systemClock, { file: isWanted });
  await again.deepen(last.heads.get("main") as Oid, 100, never);
  t.is(await contentOf(started, head, "a/features.yaml"), flags(400));
  t.true(blobsOf(started) < 10);
  t.true(await again.canServe(head, never));
  const other = new RemoteSync(openTestRemote(t, server.url), backend, "main", systemClock, {
    file: (path) => path === "src/5/5.txt",
  });
  t.false(await other.canServe(last.heads.get("main") as Oid, never));
  await other.download(never);
  t.true(await other.canServe(last.heads.get("main") as Oid, never));
});

test("small repositories, and servers that cannot leave files out, are fetched whole", async (t) => {
  for (const [more, filter, requests] of [
    [others(300), true, 2],
    [others(1_500), false, 1],
  ] as const) {
    const started = await start(t, more, filter);
    const { repository, sync, fetches } = started;
    await sync.download(never);
    t.deepEqual([blobsOf(started), fetches()], [new Set(Object.values(more)).size + 2, requests]);
    const head = await repository.commit({ "a/features.yaml": flags(400, 9), "src/1/1.txt": "other\n" });
    const { bytes } = await sync.download(never);
    t.deepEqual([fetches(), await contentOf(started, head, "a/features.yaml")], [requests + 1, flags(400, 9)]);
    t.true(bytes < 2_000, `${bytes} bytes`);
  }
});

test("a poll whose answer is overtaken by a push leaves the push where it is, and asks again", async (t) => {
  const { repository, server, backend } = await start(t);
  const remote = openTestRemote(t, server.url);
  let overtakes = 0;
  let lists = 0;
  const slow: typeof remote = {
    ...remote,
    fetch: (request, signal) => remote.fetch(request, signal),
    listRefs: async (prefixes, signal) => {
      const answer = await remote.listRefs(prefixes, signal);
      lists += 1;
      if (overtakes > 0) {
        overtakes -= 1;
        // Somebody pushes, and notes it, while the answer is on its way.
        const pushed = await repository.commit({ "a/features.yaml": flags(400, lists) });
        backend.heads.set("refs/remotes/origin/main", pushed);
      }
      return answer;
    },
  };
  const sync = new RemoteSync(slow, backend, "main", systemClock, { file: isWanted });
  await sync.download(never);
  overtakes = 1;
  const once = await sync.download(never);
  t.is(lists, 3);
  t.is(once.heads.get("main"), await repository.head());
  // However often it happens, the newest that anybody knows of stays.
  overtakes = 100;
  const often = await sync.download(never);
  t.is(lists, 6);
  t.is(often.heads.get("main"), await repository.head());
  t.is(backend.heads.get("refs/remotes/origin/main"), await repository.head());
});

test("a branch is not moved back to what a poll saw before a push overtook it", async (t) => {
  const { repository, backend, sync, local } = await start(t);
  const { heads } = await sync.download(never);
  const seen = heads.get("main") as Oid;
  t.true((await followBare(local, "main", seen, undefined)).moved);
  const pushed = await repository.commit({ "a/features.yaml": flags(400, 1) });
  await sync.download(never);
  t.true((await followBare(local, "main", pushed, seen)).moved);
  t.deepEqual(await followBare(local, "main", seen, seen), { moved: false, kept: undefined });
  t.is(backend.heads.get("refs/heads/main"), pushed);
  t.deepEqual(
    [...backend.heads.keys()].filter((ref) => ref.includes("kept")),
    [],
  );
});

test("a branch that is known to have moved is had by one request, where the remote can be asked so", async (t) => {
  const { repository, server, sync, backend, fetches } = await start(t);
  const main = new Set(["main"]);
  t.is(await sync.downloadBranches(main, 60_000, never), undefined, "nothing is known of the others");
  await sync.download(never);
  const unasked = await repository.commit({ "a/features.yaml": flags(400, 1) });
  const before = fetches();
  t.is(await sync.downloadBranches(main, 60_000, never), undefined, "the remote cannot");
  t.is(fetches(), before);
  t.is((await sync.download(never)).heads.get("main"), unasked);

  await repository.git("config", "uploadpack.allowRefInWant", "true");
  // What a remote can do is heard anew after a failure.
  await server.fail({ type: "corrupt", after: 0, on: ["refs"] });
  await t.throwsAsync(sync.download(never));
  await server.fail(undefined);
  await sync.download(never);
  const head = await repository.commit({ "a/features.yaml": flags(400, 2) });
  const seen = server.requests.length;
  const found = await sync.downloadBranches(main, 60_000, never);
  t.deepEqual([found?.heads.get("main"), found?.previous.get("main"), found?.changed], [head, unasked, true]);
  t.deepEqual(server.requests.slice(seen), ["fetch"]);
  t.is(backend.heads.get("refs/remotes/origin/main"), head);
  t.is((await sync.downloadBranches(main, 60_000, never))?.changed, false, "it is where it was");

  t.is(await sync.downloadBranches(main, 0, never), undefined, "it is time to look at all");
  t.is(await sync.downloadBranches(new Set(["flipt/default/new"]), 60_000, never), undefined, "one is not known yet");
});
