import assert from "node:assert/strict";
import type { Oid } from "../../git-object.js";
import type { ShallowList } from "../../stores.js";
import { BackendSession, type ConformanceRun, needed, newCommit, writeAll } from "../backend-session.js";
import { type ConformanceCase, conformanceCase } from "../conformance-case.js";
import { commitOf, history, treeOf, uniqueBlob } from "../git-samples.js";

export function shallowCases(run: ConformanceRun): readonly ConformanceCase[] {
  const withList = (
    title: string,
    body: (list: ShallowList, commits: readonly [Oid, Oid, Oid]) => Promise<void>,
  ): ConformanceCase =>
    conformanceCase(title, () =>
      BackendSession.with(run, async (session) => {
        const backend = await session.open();
        const list = needed(backend, "shallow");
        // Commits whose parents are not stored: what the list is for.
        const make = async (): Promise<Oid> => {
          const tree = treeOf();
          return newCommit(backend, [tree, commitOf(tree.oid, { parents: [uniqueBlob().oid] })]);
        };
        await body(list, [await make(), await make(), await make()]);
      }),
    );
  return [
    withList("lists no commit as shallow that was not added", async (list, [a, b]) => {
      await list.update([a], []);
      assert.equal((await list.read()).has(b), false);
    }),
    withList("lists added commits as shallow", async (list, [a, b]) => {
      await list.update([a], []);
      await list.update([b], []);
      const now = await list.read();
      assert.ok(now.has(a) && now.has(b));
    }),
    withList("adds a shallow commit twice without harm", async (list, [a]) => {
      await list.update([a, a], []);
      await list.update([a], []);
      assert.ok((await list.read()).has(a));
    }),
    withList(
      "has nothing against removing what is not on the shallow list, or against nothing",
      async (list, [a, b]) => {
        await list.update([a], [b]);
        await list.update([], []);
        const now = await list.read();
        assert.ok(now.has(a) && !now.has(b));
      },
    ),
    conformanceCase("removes a commit from the shallow list once its parents are stored", () =>
      BackendSession.with(run, async (session) => {
        const backend = await session.open();
        const list = needed(backend, "shallow");
        const { objects, commits } = history(3);
        const [first, second, third] = commits;
        assert.ok(first !== undefined && second !== undefined && third !== undefined);
        await writeAll(
          backend,
          objects.filter((object) => object !== first),
        );
        await list.update([second.oid], []);
        // History is deepened: the parent comes, and the commit is complete.
        await writeAll(backend, [first]);
        await list.update([third.oid], [second.oid]);
        assert.deepEqual([(await list.read()).has(second.oid), (await list.read()).has(third.oid)], [false, true]);
        await list.update([], [third.oid]);
        const left = await list.read();
        assert.ok(!left.has(second.oid) && !left.has(third.oid), "what was removed is still listed");
      }),
    ),
    withList("updates the shallow list from several sides at once", async (list, [a, b, c]) => {
      await Promise.all([list.update([a], []), list.update([b], []), list.update([c], [])]);
      const now = await list.read();
      assert.ok(now.has(a) && now.has(b) && now.has(c));
    }),
    withList("gives a shallow list that later updates do not change", async (list, [a, b]) => {
      await list.update([a], []);
      const before = await list.read();
      await list.update([b], []);
      assert.equal(before.has(b), false);
    }),
  ];
}
