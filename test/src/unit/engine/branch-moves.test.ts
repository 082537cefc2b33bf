import { BranchMoves } from "@vexil/engine/storage/write/branch-moves";
import { OwnCommits } from "@vexil/engine/storage/write/own-commits";
import { SharedMark } from "@vexil/engine/storage/write/shared-mark";
import { openRepository } from "@vexil/git/repository";
import type { CommitInfo, Repository } from "@vexil/git/repository-view";
import test from "ava";
import { mapBackend } from "../../helpers/plugins/map-backend.js";

const signal = new AbortController().signal;
const author = { name: "somebody", email: "somebody@example.com" };

interface Daemon {
  readonly repository: Repository;
  readonly moves: BranchMoves;
  /** Makes so many commits in one group on top of another, as a group of writes does; resolves to the last. */
  commit(base: string, options?: { readonly branch?: string; readonly count?: number }): Promise<string>;
}

let count = 0;

async function store(
  repository: Repository,
  parent: string | undefined,
  instance: string | ((tree: string) => string),
) {
  count += 1;
  const base = parent === undefined ? undefined : ((await repository.readCommit(parent)) as CommitInfo).tree;
  const made = await repository.makeCommit({
    parents: parent === undefined ? [] : [parent],
    baseTree: base,
    changes: new Map([["default/features.yaml", new TextEncoder().encode(`# ${count}\n`)]]),
    author,
    message: "change",
    timestampMs: 0,
    instance,
  });
  await repository.backend.objects.write(made.objects);
  return made.oid;
}

function daemon(backend = mapBackend()): Daemon {
  const repository = openRepository(backend);
  const mark = new SharedMark(repository);
  return {
    repository,
    moves: new BranchMoves(repository, new OwnCommits(), mark),
    commit: async (base, { branch = "main", count: commits = 1 } = {}) => {
      const marker = await mark.marker(signal);
      let tip = base;
      for (let made = 0; made < commits; made += 1) {
        const parent = tip;
        tip = await store(repository, parent, (tree) => marker("one", { branch, tree, parent, base }));
      }
      return tip;
    },
  };
}

/** Two daemons on one backend, and a commit that both know. */
async function start(): Promise<{
  readonly backend: ReturnType<typeof mapBackend>;
  readonly one: Daemon;
  readonly other: Daemon;
  readonly head: string;
}> {
  const backend = mapBackend();
  const one = daemon(backend);
  return { backend, one, other: daemon(backend), head: await store(one.repository, undefined, "nobody") };
}

const user = (at: Daemon, parent: string): Promise<string> => store(at.repository, parent, "a user's");

test("the commits of one daemon are those of every other on its backend, however many groups they were made in", async (t) => {
  const { backend, one, other, head } = await start();
  const tip = await one.commit(await other.commit(await one.commit(head, { count: 5 })), { count: 3 });
  for (const { moves } of [one, other]) t.deepEqual(await moves.between("main", head, tip), [{ head: tip, own: true }]);
  t.deepEqual(await daemon(backend).moves.between("main", head, tip), [{ head: tip, own: true }]);
});

test("first daemons that start at the same time agree on the key", async (t) => {
  const { one, other, head } = await start();
  const [first, second] = await Promise.all([one.commit(head), other.commit(head)]);
  t.true((await other.moves.between("main", head, first))[0].own);
  t.true((await one.moves.between("main", head, second))[0].own);
});

test("a branch's way is told apart by who made what, oldest first", async (t) => {
  const { one, other, head } = await start();
  const ours = await one.commit(head, { count: 2 });
  const theirs = await user(one, await user(one, ours));
  const tip = await one.commit(theirs);
  t.deepEqual(await other.moves.between("main", head, tip), [
    { head: ours, own: true },
    { head: theirs, own: false },
    { head: tip, own: true },
  ]);
  t.deepEqual(await other.moves.between("main", theirs, tip), [{ head: tip, own: true }]);
});

/** Makes a daemon that has another backend with the same objects. */
async function copied(here: Daemon, make: (elsewhere: Daemon) => Promise<string>): Promise<string> {
  const [from, to] = [here.repository.backend as ReturnType<typeof mapBackend>, mapBackend()];
  await to.objects.write([...from.stored.values()]);
  const made = await make(daemon(to));
  await from.objects.write([...to.stored.values()]);
  return made;
}

test("what looks like a daemon's commit and is none is foreign", async (t) => {
  const { one, other, head } = await start();
  const own = await one.commit(head);
  const { instance, parents } = (await one.repository.readCommit(own)) as CommitInfo;
  const foreign = async (what: string, tip: string, from = head): Promise<void> => {
    t.deepEqual(await other.moves.between("main", from, tip), [{ head: tip, own: false }], what);
  };
  t.deepEqual(parents, [head]);
  await foreign("its mark on another tree", await store(one.repository, head, String(instance)));
  await foreign("the tree and the mark on another parent", await store(one.repository, own, String(instance)), own);
  await foreign("made for another branch", await one.commit(head, { branch: "flipt/default/trial" }));
  await foreign("a daemon of another backend", await copied(one, (elsewhere) => elsewhere.commit(head)));
  await foreign("set back", head, own);
  const merge = await one.repository.makeCommit({
    parents: [own, head],
    baseTree: undefined,
    changes: new Map(),
    author,
    message: "merge",
    timestampMs: 0,
    instance: String(instance),
  });
  await one.repository.backend.objects.write(merge.objects);
  await foreign("a merge", merge.oid, own);
});
