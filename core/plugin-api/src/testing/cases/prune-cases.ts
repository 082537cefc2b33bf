import assert from "node:assert/strict";
import type { Backend } from "../../backend.js";
import type { GitObject } from "../../git-object.js";
import {
  assertStored,
  BackendSession,
  type ConformanceRun,
  needed,
  newCommit,
  swap,
  writeAll,
} from "../backend-session.js";
import { type ConformanceCase, conformanceCase, within } from "../conformance-case.js";
import { commitOf, history, tagOf, treeOf, uniqueBlob } from "../git-samples.js";

const DEADLINE_MS = 10_000;

export function pruneCases(run: ConformanceRun): readonly ConformanceCase[] {
  const withPrune = (
    title: string,
    body: (
      backend: Backend,
      session: BackendSession,
      prune: (roots?: readonly string[], keepNewerThanMs?: number) => Promise<void>,
    ) => Promise<void>,
  ): ConformanceCase =>
    conformanceCase(title, () =>
      BackendSession.with(run, async (session) => {
        const backend = await session.open();
        const prune = needed(backend, "prune");
        // Other users of a shared store are not to lose what they have just written.
        const shortest = run.plugin.capabilities.shared ? 60_000 : 0;
        await body(backend, session, (roots = [], keepNewerThanMs = shortest) =>
          within(DEADLINE_MS, "prune", () => prune({ roots, keepNewerThanMs })),
        );
      }),
    );
  return [
    withPrune("prunes nothing that a ref reaches", async (backend, session, prune) => {
      const { objects, commits } = history(5);
      await newCommit(backend, objects);
      await swap(backend, session.ref("x"), undefined, commits.at(-1)?.oid);
      await prune();
      await assertStored(backend, objects);
    }),
    withPrune("prunes nothing that a root reaches", async (backend, _session, prune) => {
      const { objects, commits } = history(3);
      await writeAll(backend, objects);
      await prune(commits.slice(-1).map((commit) => commit.oid));
      await assertStored(backend, objects);
    }),
    withPrune("prunes nothing that a kept ref or a tag reaches", async (backend, _session, prune) => {
      const [kept, tagged] = [history(2), history(2)];
      const target = tagged.commits.at(-1) as GitObject;
      const tag = tagOf(target, "v1");
      const last = kept.commits.at(-1)?.oid ?? "";
      await writeAll(backend, [...kept.objects, ...tagged.objects, tag]);
      await swap(backend, `refs/vexil/kept/${last}`, undefined, last);
      await swap(backend, `refs/tags/${tag.oid}`, undefined, tag.oid);
      await prune();
      await assertStored(backend, [...kept.objects, ...tagged.objects, tag]);
      await swap(backend, `refs/vexil/kept/${last}`, last, undefined);
      await swap(backend, `refs/tags/${tag.oid}`, tag.oid, undefined);
    }),
    withPrune("prunes nothing that is newer than the caller says", async (backend, _session, prune) => {
      const blob = uniqueBlob();
      await writeAll(backend, [blob]);
      await prune([], 3_600_000);
      await assertStored(backend, [blob]);
    }),
    withPrune("prunes around submodules, missing parents and missing roots", async (backend, session, prune) => {
      const blob = uniqueBlob();
      const tree = treeOf({ name: "f", oid: blob.oid }, { name: "module", oid: uniqueBlob().oid, mode: "160000" });
      const commit = commitOf(tree.oid, { parents: [uniqueBlob().oid] });
      await writeAll(backend, [blob, tree, commit]);
      if (backend.shallow !== undefined) await backend.shallow.update([commit.oid], []);
      await swap(backend, session.ref("x"), undefined, commit.oid);
      await prune([uniqueBlob().oid]);
      await assertStored(backend, [blob, tree, commit]);
    }),
    withPrune("keeps what is written and reached while it prunes", async (backend, session, prune) => {
      const old = history(20);
      await writeAll(backend, old.objects);
      await swap(backend, session.ref("old"), undefined, old.commits.at(-1)?.oid);
      const pruning = prune();
      const { objects, commits } = history(3);
      await writeAll(backend, objects);
      await swap(backend, session.ref("new"), undefined, commits.at(-1)?.oid);
      await pruning;
      await assertStored(backend, [...old.objects, ...objects]);
    }),
    withPrune("stores and reads a pruned object anew", async (backend, _session, prune) => {
      const blob = uniqueBlob();
      await writeAll(backend, [blob]);
      await prune();
      await writeAll(backend, [blob]);
      await assertStored(backend, [blob]);
    }),
    withPrune("still lists what pruning leaves", async (backend, session, prune) => {
      const { objects, commits } = history(2);
      await writeAll(backend, objects);
      const tip = commits.at(-1)?.oid;
      await swap(backend, session.ref("x"), undefined, tip);
      await prune();
      assert.deepEqual([...(await backend.refs.list(session.prefix))], [[session.ref("x"), tip]]);
    }),
  ];
}
