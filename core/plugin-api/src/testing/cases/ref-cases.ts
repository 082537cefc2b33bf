import assert from "node:assert/strict";
import type { Backend } from "../../backend.js";
import type { RefUpdate } from "../../stores.js";
import { BackendSession, type ConformanceRun, newCommit, refAt, swap } from "../backend-session.js";
import { type ConformanceCase, conformanceCase } from "../conformance-case.js";
import { history } from "../git-samples.js";

/** Three commits to point at. */
interface Commits {
  readonly a: string;
  readonly b: string;
  readonly c: string;
}

export function refCases(run: ConformanceRun): readonly ConformanceCase[] {
  const withCommits = (
    title: string,
    body: (backend: Backend, session: BackendSession, commits: Commits) => Promise<void>,
  ): ConformanceCase =>
    conformanceCase(title, () =>
      BackendSession.with(run, async (session) => {
        const backend = await session.open();
        const made = history(3);
        await newCommit(backend, made.objects);
        const [a = "", b = "", c = ""] = made.commits.map((commit) => commit.oid);
        await body(backend, session, { a, b, c });
      }),
    );
  const update = (ref: string, old: string | undefined, next: string | undefined): RefUpdate => ({
    ref,
    old,
    new: next,
    reason: "conformance",
  });
  return [
    withCommits("lists no refs where there are none", async (backend, { prefix }) => {
      assert.equal((await backend.refs.list(prefix)).size, 0);
    }),
    withCommits("creates a ref and lists it at once", async (backend, session, { a }) => {
      assert.equal(await swap(backend, session.ref("x"), undefined, a), true);
      assert.deepEqual([...(await backend.refs.list(session.prefix))], [[session.ref("x"), a]]);
      assert.equal((await backend.refs.list("")).get(session.ref("x")), a);
    }),
    withCommits("refuses to create a ref that exists", async (backend, session, { a, b }) => {
      await swap(backend, session.ref("x"), undefined, a);
      assert.equal(await swap(backend, session.ref("x"), undefined, b), false);
      assert.equal(await refAt(backend, session.ref("x")), a);
    }),
    withCommits("moves a ref that is where the caller believes", async (backend, session, { a, b }) => {
      await swap(backend, session.ref("x"), undefined, a);
      assert.equal(await swap(backend, session.ref("x"), a, b), true);
      assert.equal(await refAt(backend, session.ref("x")), b);
    }),
    withCommits("refuses to move a ref that is elsewhere", async (backend, session, { a, b, c }) => {
      await swap(backend, session.ref("x"), undefined, a);
      assert.equal(await swap(backend, session.ref("x"), b, c), false);
      assert.equal(await refAt(backend, session.ref("x")), a);
    }),
    withCommits("refuses to move a ref that does not exist", async (backend, session, { a, b }) => {
      assert.equal(await swap(backend, session.ref("x"), a, b), false);
      assert.equal(await refAt(backend, session.ref("x")), undefined);
    }),
    withCommits("moves a ref back to an older commit", async (backend, session, { a, b }) => {
      await swap(backend, session.ref("x"), undefined, b);
      assert.equal(await swap(backend, session.ref("x"), b, a), true);
      assert.equal(await refAt(backend, session.ref("x")), a);
    }),
    withCommits("deletes a ref that is where the caller believes", async (backend, session, { a }) => {
      await swap(backend, session.ref("x"), undefined, a);
      assert.equal(await swap(backend, session.ref("x"), a, undefined), true);
      assert.equal((await backend.refs.list(session.prefix)).size, 0);
    }),
    withCommits("refuses to delete a ref that is elsewhere", async (backend, session, { a, b }) => {
      await swap(backend, session.ref("x"), undefined, a);
      assert.equal(await swap(backend, session.ref("x"), b, undefined), false);
      assert.equal(await refAt(backend, session.ref("x")), a);
    }),
    withCommits("creates a deleted ref anew", async (backend, session, { a, b }) => {
      await swap(backend, session.ref("x"), undefined, a);
      await swap(backend, session.ref("x"), a, undefined);
      assert.equal(await swap(backend, session.ref("x"), undefined, b), true);
      assert.equal(await refAt(backend, session.ref("x")), b);
    }),
    withCommits(
      "moves several refs at once: one created, one moved, one deleted",
      async (backend, session, commits) => {
        const { a, b, c } = commits;
        const [x, y, z] = [session.ref("x"), session.ref("y"), session.ref("z")];
        await backend.refs.compareAndSwap([update(x, undefined, a), update(y, undefined, a)]);
        const moved = await backend.refs.compareAndSwap([
          update(x, a, undefined),
          update(y, a, b),
          update(z, undefined, c),
        ]);
        assert.equal(moved, true);
        assert.deepEqual(
          new Map(await backend.refs.list(session.prefix)),
          new Map([
            [y, b],
            [z, c],
          ]),
        );
      },
    ),
    withCommits("changes none of several refs when the last one differs", async (backend, session, { a, b, c }) => {
      const [x, y] = [session.ref("x"), session.ref("y")];
      await backend.refs.compareAndSwap([update(x, undefined, a), update(y, undefined, a)]);
      assert.equal(await backend.refs.compareAndSwap([update(x, a, b), update(y, c, b)]), false);
      assert.equal(await refAt(backend, x), a);
      assert.equal(await refAt(backend, y), a);
    }),
    withCommits(
      "changes none of several refs when the first one exists already",
      async (backend, session, { a, b }) => {
        const [x, y] = [session.ref("x"), session.ref("y")];
        await swap(backend, x, undefined, a);
        assert.equal(await backend.refs.compareAndSwap([update(x, undefined, b), update(y, undefined, b)]), false);
        assert.equal(await refAt(backend, y), undefined);
      },
    ),
    withCommits("takes an update that changes nothing as a check", async (backend, session, { a, b }) => {
      const x = session.ref("x");
      await swap(backend, x, undefined, a);
      assert.equal(await swap(backend, x, a, a), true);
      assert.equal(await swap(backend, x, b, b), false);
      assert.equal(await refAt(backend, x), a);
    }),
    withCommits("has nothing against no updates", async (backend) => {
      assert.equal(await backend.refs.compareAndSwap([]), true);
    }),
    withCommits("lists by the beginning of the name, not by directory", async (backend, session, { a }) => {
      for (const name of ["ab", "abc", "b"]) await swap(backend, session.ref(name), undefined, a);
      const found = await backend.refs.list(session.ref("ab"));
      assert.deepEqual([...found.keys()].sort(), [session.ref("ab"), session.ref("abc")]);
      assert.equal((await backend.refs.list(session.ref("abcd"))).size, 0);
    }),
    withCommits("takes percent signs and underscores in a prefix as what they are", async (backend, session, { a }) => {
      for (const name of ["a_b", "axb", "a%c", "abbc"]) await swap(backend, session.ref(name), undefined, a);
      assert.deepEqual([...(await backend.refs.list(session.ref("a_"))).keys()], [session.ref("a_b")]);
      assert.deepEqual([...(await backend.refs.list(session.ref("a%"))).keys()], [session.ref("a%c")]);
    }),
    withCommits("keeps names with slashes, dots and UTF-8", async (backend, session, { a }) => {
      const names = ["feature/new/deep", "v1.2.3", "größe-🎏", 'it\'s-"quoted"', "x".repeat(150)];
      for (const name of names) assert.equal(await swap(backend, session.ref(name), undefined, a), true, name);
      const found = await backend.refs.list(session.prefix);
      assert.deepEqual([...found.keys()].sort(), names.map((name) => session.ref(name)).sort());
    }),
    withCommits("keeps refs outside of refs/heads", async (backend, _session, { a, b }) => {
      for (const ref of [`refs/vexil/kept/${a}`, `refs/remotes/origin/${a}`, `refs/tags/${a}`]) {
        assert.equal(await swap(backend, ref, undefined, a), true, ref);
        assert.equal(await swap(backend, ref, a, b), true, ref);
        assert.equal(await refAt(backend, ref), b);
        assert.equal(await swap(backend, ref, b, undefined), true, ref);
      }
    }),
    withCommits("gives a list that later swaps do not change", async (backend, session, { a, b }) => {
      await swap(backend, session.ref("x"), undefined, a);
      const before = await backend.refs.list(session.prefix);
      await swap(backend, session.ref("x"), a, b);
      assert.equal(before.get(session.ref("x")), a);
    }),
    withCommits("keeps 300 refs", async (backend, session, { a, b }) => {
      const names = Array.from({ length: 300 }, (_, index) => session.ref(`many-${index}`));
      assert.equal(await backend.refs.compareAndSwap(names.map((name) => update(name, undefined, a))), true);
      assert.equal((await backend.refs.list(session.prefix)).size, 300);
      assert.equal(await backend.refs.compareAndSwap(names.map((name) => update(name, a, b))), true);
      assert.deepEqual(new Set((await backend.refs.list(session.prefix)).values()), new Set([b]));
    }),
    withCommits("answers a swap with what it did, a hundred times over", async (backend, session, { a, b, c }) => {
      const x = session.ref("x");
      await swap(backend, x, undefined, a);
      let at = a;
      for (let round = 0; round < 100; round += 1) {
        const old = [a, b, c][(round * 7) % 3] ?? a;
        const next = [a, b, c][(round * 5 + 1) % 3] ?? b;
        const swapped = await swap(backend, x, old, next);
        assert.equal(swapped, old === at, `round ${round}: the answer is what was asked of a ref at ${at}`);
        if (swapped) at = next;
        assert.equal(await refAt(backend, x), at, `round ${round}: the ref is where the answer says`);
      }
    }),
  ];
}
