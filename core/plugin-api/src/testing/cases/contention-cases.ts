import assert from "node:assert/strict";
import type { Backend } from "../../backend.js";
import { assertStored, BackendSession, type ConformanceRun, newCommit, refAt, swap } from "../backend-session.js";
import { type ConformanceCase, conformanceCase, Skip, within } from "../conformance-case.js";
import { Contender } from "../contend.js";
import { countUp, valueAt } from "../counter.js";
import { commitOf, treeOf } from "../git-samples.js";

/** Many who want the same ref; a process that dies in the middle. */
export function contentionCases(run: ConformanceRun): readonly ConformanceCase[] {
  const { durable, shared } = run.plugin.capabilities;
  const withSession = (title: string, body: (session: BackendSession) => Promise<void>): ConformanceCase =>
    conformanceCase(title, () => BackendSession.with(run, body));
  const race = async (backends: readonly Backend[], session: BackendSession): Promise<void> => {
    const [first] = backends as [Backend];
    const tree = treeOf();
    const base = await newCommit(first, [tree, commitOf(tree.oid)]);
    const ref = session.ref("race");
    await swap(first, ref, undefined, base);
    const tips = Array.from({ length: 16 }, (_, index) => commitOf(tree.oid, { parents: [base], message: `${index}` }));
    await newCommit(first, tips);
    const answers = await Promise.all(
      tips.map((tip, index) => swap(backends[index % backends.length] ?? first, ref, base, tip.oid)),
    );
    assert.equal(answers.filter(Boolean).length, 1, "exactly one of 16 equal attempts wins");
    assert.equal(await refAt(first, ref), tips[answers.indexOf(true)]?.oid, "the winner's commit is there");
  };
  const count = async (backends: readonly Backend[], session: BackendSession): Promise<void> => {
    const ref = session.ref("counter");
    const counts = await within(30_000, "counting", () => Promise.all(backends.map((b) => countUp(b, ref, 12))));
    const [first] = backends as [Backend];
    const sum = counts.reduce((total, acknowledged) => total + acknowledged, 0);
    assert.equal(await valueAt(first, await refAt(first, ref)), sum, "the count is the number of acknowledged swaps");
  };
  const opened = async (session: BackendSession, number: number): Promise<readonly Backend[]> => {
    if (!shared) throw new Skip("the backend is not shared");
    return Promise.all(Array.from({ length: number }, () => session.open()));
  };
  return [
    withSession("lets one of 16 callers win", async (session) => race([await session.open()], session)),
    withSession("loses no count of four callers", async (session) => {
      const backend = await session.open();
      await count([backend, backend, backend, backend], session);
    }),
    withSession("lets one of 16 callers on three instances win", async (session) =>
      race(await opened(session, 3), session),
    ),
    withSession("loses no count of three instances", async (session) => count(await opened(session, 3), session)),
    withSession("shows a swap to other instances at once", async (session) => {
      const [one, other] = (await opened(session, 2)) as [Backend, Backend];
      const tree = treeOf();
      const commit = commitOf(tree.oid);
      await newCommit(one, [tree, commit]);
      await swap(one, session.ref("x"), undefined, commit.oid);
      assert.equal(await refAt(other, session.ref("x")), commit.oid);
      await assertStored(other, [tree, commit]);
    }),
    withSession("loses no count of two processes", async (session) => {
      const [backend] = (await opened(session, 1)) as [Backend];
      const ref = session.ref("counter");
      const contender = new Contender(session, { type: "count", ref, rounds: 25 });
      try {
        const [own, { acknowledged }] = await Promise.all([countUp(backend, ref, 25), contender.next("done")]);
        assert.equal(await valueAt(backend, await refAt(backend, ref)), own + acknowledged);
      } finally {
        await contender.kill();
      }
    }),
    withSession(
      "keeps whole objects only, and all that was acknowledged, when its process is killed",
      async (session) => {
        if (!durable) throw new Skip("the backend is not durable");
        const ref = session.ref("killed");
        const contender = new Contender(session, { type: "write", ref });
        const reports = [];
        try {
          while (reports.length < 5) reports.push(await contender.next("wrote"));
        } finally {
          await contender.kill();
        }
        reports.push(...contender.rest().filter((report) => report.type === "wrote"));
        const last = reports.at(-1);
        assert.ok(last !== undefined);
        const backend = await session.open();
        for (const { oids } of reports) {
          const found = await backend.objects.read(oids);
          assert.equal(found.size, oids.length, "what was acknowledged is there");
          await assertStored(backend, [...found.values()]);
        }
        const tip = await refAt(backend, ref);
        assert.ok(tip !== undefined, "the ref is there");
        if (tip !== last.tip) assert.equal((await backend.objects.read([tip])).size, 1, "the ref has its commit");
        assert.equal(await swap(backend, ref, tip, last.oids.at(-1)), true, "the ref still moves");
      },
    ),
  ];
}
