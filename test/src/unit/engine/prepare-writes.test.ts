import type { PendingWrite } from "@vexil/engine/storage/write/prepared-writes";
import type { Actor, Change } from "@vexil/flags/edit/change";
import { isFeaturesPath } from "@vexil/flags/read/feature-paths";
import { openRepository } from "@vexil/git/repository";
import test, { type ExecutionContext } from "ava";
import { FEATURES, features, flag, machine } from "../../helpers/machine/machine.js";
import { MapRemote } from "../../helpers/machine/map-remote.js";

const ADA: Actor = { id: "token:ci", name: "Ada", email: "ada@example.com" };
const signal = new AbortController().signal;

/** A storage that serves, and its writes prepared without being finished. */
async function start(t: ExecutionContext, remote?: MapRemote | null) {
  const one = await machine(t, { config: { pollIntervalMs: 3_600_000 }, ...(remote === undefined ? {} : { remote }) });
  await one.open().settled;
  const branch = one.storage.branches.main;
  const repository = openRepository(one.backend);
  let count = 0;
  const write = (
    change: Change,
    other: Partial<PendingWrite> & { readonly revision?: string; readonly actor?: Actor } = {},
  ): PendingWrite => {
    count += 1;
    const { revision, actor = ADA, ...rest } = other;
    const request = {
      id: `w-${count}`,
      environment: "default",
      change,
      revision,
      actor,
      correlationId: `r-${count}`,
    };
    return { request, branch, arrived: branch.known.sequence, arrivedAt: one.clock.elapsed(), ...rest };
  };
  const prepare = async (...writes: readonly PendingWrite[]) => {
    const context = { signal, correlationId: "c" };
    return (await one.storage.writes.preparation.prepare(branch, writes, context)).group;
  };
  return { ...one, branch, repository, write, prepare };
}

test("writes become commits on top of each other, stored, and no branch moves", async (t) => {
  const { write, prepare, branch, repository, backend } = await start(t);
  const before = await backend.refs.list("");
  const group = await prepare(write(flag("a", true, "create")), write(flag("b", true, "create")));
  t.is(branch.known.head, group.base);
  t.is(group.commits.length, 2);
  const [first, second] = group.commits;
  const below = await repository.readCommit(first?.oid ?? "");
  t.deepEqual(below?.parents, [group.base]);
  const commit = await repository.readCommit(second?.oid ?? "");
  t.deepEqual(commit?.parents, [first?.oid]);
  t.like(commit?.author, { name: "Ada", email: "ada@example.com" });
  t.like(commit?.committer, { name: "flipt", email: "flipt[bot]@noreply.flipt.io" });
  t.is(commit?.message, "create flag default/b\n\nVexil-Actor: token:ci\nVexil-Request: r-2\n");
  t.is(second?.summary, "create flag default/b");
  t.deepEqual(second?.subject, [FEATURES]);
  t.deepEqual(await backend.refs.list(""), before);
});

test("name and address of the author fall back on the signature each on its own", async (t) => {
  const { write, prepare, repository } = await start(t, null);
  const people: readonly (readonly [Partial<Actor>, name: string, email: string])[] = [
    [{ name: undefined }, "flipt", "ada@example.com"],
    [{ email: " <>\n" }, "Ada", "flipt[bot]@noreply.flipt.io"],
    [{ name: ".,;", email: undefined }, "flipt", "flipt[bot]@noreply.flipt.io"],
    [{ name: "Ada\nparent 0", email: "ada @example.com>" }, "Ada parent 0", "ada@example.com"],
  ];
  const writes = people.map(([person], index) =>
    write(flag(`f${index}`, true, "create"), { actor: { ...ADA, ...person } }),
  );
  const { commits } = await prepare(...writes);
  t.is(commits.length, people.length);
  for (const [index, [, name, email]] of people.entries()) {
    t.like((await repository.readCommit(commits[index]?.oid ?? ""))?.author, { name, email });
  }
});

test("a commit that is put on another parent keeps its author, committer and trailers", async (t) => {
  const { write, prepare, repository, backend } = await start(t);
  const group = await prepare(write(flag("a", true, "create")));
  const [made] = group.commits;
  const theirs = await repository.makeCommit({
    parents: [group.base],
    baseTree: (await repository.readCommit(group.base))?.tree,
    changes: new Map([["notes.txt", Buffer.from("theirs")]]),
    author: { name: "Bo", email: "bo@example.com" },
    message: "theirs",
    timestampMs: 0,
    instance: "other",
  });
  await backend.objects.write(theirs.objects);
  const moved = await repository.moveCommit(made?.oid ?? "", theirs.oid, "one w-1");
  const [before, after] = [await repository.readCommit(made?.oid ?? ""), await repository.readCommit(moved?.oid ?? "")];
  t.deepEqual(after?.parents, [theirs.oid]);
  for (const part of ["author", "committer", "message"] as const) t.deepEqual(after?.[part], before?.[part]);
});

test("a write that is refused is left out, and the others go on without it", async (t) => {
  const { write, prepare } = await start(t, null);
  const bad = write(flag("one", true, "create"));
  const group = await prepare(bad, write(flag("two", true, "create")));
  t.is(group.commits.length, 1);
  t.like(group.decided[0], { type: "refused", write: bad, error: { code: "VEXIL_EXISTS" } });
});

test("each commit goes on with the files that the ones before it have left", async (t) => {
  const { write, prepare, repository } = await start(t, null);
  const { commits } = await prepare(
    write(flag("a", true, "create")),
    write({ type: "put-namespace", mode: "create", key: "team", name: "Team", description: "" }),
    write({ type: "delete-namespace", key: "team" }),
  );
  t.deepEqual(
    commits.map(({ files }) => files.has("team/features.yaml")),
    [false, true, false],
  );
  for (const { oid, files } of commits) {
    const stored = await repository.listFiles(oid, "", isFeaturesPath);
    t.deepEqual(new Map([...stored].map(([path, file]) => [path, file.oid])), new Map(files));
  }
});

test("what fails on top of other writes is undecided until those have landed", async (t) => {
  const { write, prepare } = await start(t, null);
  const first = write(flag("two", true, "create"));
  const again = write(flag("two", true, "create"));
  const group = await prepare(first, again);
  t.deepEqual(
    group.commits.map((commit) => commit.write),
    [first],
  );
  t.deepEqual(group.undecided, [again]);
  t.deepEqual(group.decided, []);
});

test("a revision that does not fit is stale where a remote may know better, and refused once it was asked", async (t) => {
  const { write, prepare } = await start(t);
  const unknown = "9".repeat(40);
  const stale = write(flag("two", true, "create"), { revision: unknown });
  const group = await prepare(stale);
  t.deepEqual(group.staleRevision, [stale]);
  const caughtUp = await prepare({ ...stale, caughtUp: true });
  t.like(caughtUp.decided[0], { type: "refused", error: { code: "VEXIL_CONFLICT_REVISION" } });
  const local = await start(t, null);
  const refused = await local.prepare(local.write(flag("two", true, "create"), { revision: unknown }));
  t.like(refused.decided[0], { type: "refused", error: { code: "VEXIL_CONFLICT_REVISION" } });
});

test("a revision from before all that was served fits where the file is what it was there", async (t) => {
  const remote = new MapRemote();
  const first = await remote.commit({ [FEATURES]: features({ one: true }) });
  const second = await remote.commit({ [FEATURES]: features({ one: false }) });
  await remote.commit({ "team/features.yaml": features({}, "team") });
  const { write, prepare } = await start(t, remote);
  const fits = await prepare(write(flag("two", true, "create"), { revision: second }));
  t.is(fits.commits.length, 1);
  const stale = write(flag("two", true, "create"), { revision: first });
  t.deepEqual((await prepare(stale)).staleRevision, [stale]);
});

test("the same write prepared twice makes commits of its own each time its request has an id of its own", async (t) => {
  const { write, prepare } = await start(t);
  const one = await prepare(write(flag("a", true, "create")));
  const other = await prepare(write(flag("a", true, "create")));
  t.not(one.commits[0]?.oid, other.commits[0]?.oid);
});

test("a rollback to what is there is unchanged, at the base", async (t) => {
  const { write, prepare, branch } = await start(t);
  const head = branch.known.head ?? "";
  const group = await prepare(write({ type: "rollback", namespace: "default", to: head }));
  t.like(group.decided[0], { type: "unchanged", revision: head });
  t.deepEqual(group.commits, []);
});
