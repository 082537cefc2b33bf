import assert from "node:assert/strict";
import type { Backend } from "../../backend.js";
import { BackendSession, CALL_MS, type ConformanceRun, needed, newCommit, refAt, swap } from "../backend-session.js";
import { type ConformanceCase, conformanceCase, Skip, within } from "../conformance-case.js";
import { Contender } from "../contend.js";
import { history } from "../git-samples.js";

/** Longest time until another daemon polls on after the one that did was killed, and until a hint comes. */
const TAKEN_OVER_MS = 5_000;
const HINT_MS = 5_000;
/** A hint that comes after the watch has ended has come by then. */
const LATE_HINT_MS = 1_000;
/** Longer than a lease may outlive a holder that died. */
const HELD_MS = TAKEN_OVER_MS + 1_500;
const never = (): AbortSignal => new AbortController().signal;

/** Watching and leases. */
export function sharingCases(run: ConformanceRun): readonly ConformanceCase[] {
  const two = (
    title: string,
    body: (one: Backend, other: Backend, s: BackendSession) => Promise<void>,
  ): ConformanceCase =>
    conformanceCase(title, () =>
      BackendSession.with(run, async (session) => {
        if (!run.plugin.capabilities.shared) throw new Skip("the backend is not shared");
        await body(await session.open(), await session.open(), session);
      }),
    );
  return [
    conformanceCase("watches without blocking, and stops when told", () =>
      BackendSession.with(run, async (session) => {
        const backend = await session.open();
        const watch = needed(backend, "watch");
        let hints = 0;
        const hint = (): void => {
          hints += 1;
        };
        const controller = new AbortController();
        assert.equal(watch(hint, controller.signal), undefined);
        watch(hint, AbortSignal.abort());
        controller.abort();
        const before = hints;
        const tip = await newCommit(backend, history(1).objects);
        await swap(backend, session.ref("x"), undefined, tip);
        if (run.plugin.capabilities.shared) await swap(await session.open(), session.ref("y"), undefined, tip);
        await new Promise((resolve) => setTimeout(resolve, LATE_HINT_MS));
        await session.close(backend);
        assert.equal(hints, before, "no hint comes after the watch has ended");
      }),
    ),
    two("hints at what another instance swapped", async (one, other, session) => {
      const watch = needed(other, "watch");
      const controller = new AbortController();
      const tip = await newCommit(one, history(1).objects);
      const hinted = new Promise<void>((resolve) => watch(resolve, controller.signal));
      await swap(one, session.ref("x"), undefined, tip);
      await within(HINT_MS, "the hint", () => hinted);
      controller.abort();
    }),
    two("hints at what another process swapped", async (_one, other, session) => {
      const controller = new AbortController();
      let wake = (): void => {};
      const hinted = new Promise<void>((resolve) => {
        wake = resolve;
      });
      needed(other, "watch")(() => wake(), controller.signal);
      const contender = new Contender(session, { type: "count", ref: session.ref("x"), rounds: 1 });
      try {
        await contender.next("done");
        await within(HINT_MS, "the hint", () => hinted);
      } finally {
        controller.abort();
        await contender.kill();
      }
    }),
    conformanceCase("keeps two storages on one store apart", () =>
      BackendSession.with(run, async (session) => {
        if (!run.plugin.capabilities.shared) throw new Skip("the backend is not shared");
        const mine = await session.open({ storage: "conformance" });
        const theirs = await session.open({ storage: "conformance-2" });
        const tip = await newCommit(mine, history(1).objects);
        await newCommit(theirs, history(1).objects);
        assert.equal(await swap(mine, session.ref("x"), undefined, tip), true);
        assert.equal(await refAt(theirs, session.ref("x")), undefined, "a ref of one storage is seen in the other");
        await mine.shallow?.update([tip], []);
        assert.ok(!(await theirs.shallow?.read())?.has(tip), "the shallow list is that of both");
        const never = new AbortController().signal;
        const lease = await mine.lease?.(session.prefix, never);
        const other = await theirs.lease?.(session.prefix, never);
        assert.equal(other === undefined, lease === undefined, "a lease of one storage keeps the other from its own");
        await Promise.all([lease?.release(), other?.release(), mine.shallow?.update([], [tip])]);
      }),
    ),
    two("keeps a lease for as long as its holder lives", async (one, other, session) => {
      const [mine, theirs] = [needed(one, "lease"), needed(other, "lease")];
      const lease = await mine(session.prefix, never());
      assert.ok(lease !== undefined);
      // One that ran out after a crash would have been free within 5 s; this one is held.
      for (const until = performance.now() + HELD_MS; performance.now() < until; ) {
        assert.equal(lease.lost.aborted, false, "the lease was lost although nothing happened to the store");
        const taken = await within(CALL_MS, "lease", () => theirs(session.prefix, never()));
        assert.ok(taken === undefined, "another daemon got the lease while its holder was alive: renew it");
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      await lease.release();
    }),
    two("leases a name to one of two", async (one, other, session) => {
      const [mine, theirs] = [needed(one, "lease"), needed(other, "lease")];
      const lease = await within(CALL_MS, "lease", () => mine(session.prefix, never()));
      assert.ok(lease !== undefined, "nobody else holds it");
      assert.equal(lease.lost.aborted, false);
      assert.equal(await within(CALL_MS, "lease", () => theirs(session.prefix, never())), undefined);
      await lease.release();
    }),
    two("leases a released name to the other", async (one, other, session) => {
      const lease = await needed(one, "lease")(session.prefix, never());
      await lease?.release();
      const next = await within(CALL_MS, "lease", () => needed(other, "lease")(session.prefix, never()));
      assert.ok(next !== undefined);
      await next.release();
      await next.release();
    }),
    two("leases different names to different holders", async (one, other, session) => {
      const first = await needed(one, "lease")(`${session.prefix}1`, never());
      const second = await needed(other, "lease")(`${session.prefix}2`, never());
      assert.ok(first !== undefined && second !== undefined);
      await Promise.all([first.release(), second.release()]);
    }),
    two("frees the leases of an instance that is closed", async (one, other, session) => {
      assert.ok((await needed(one, "lease")(session.prefix, never())) !== undefined);
      await session.close(one);
      const next = await within(CALL_MS, "lease", () => needed(other, "lease")(session.prefix, never()));
      assert.ok(next !== undefined, "the lease is free");
      await next.release();
    }),
    two("frees the leases of a process that is killed", async (one, _other, session) => {
      const lease = needed(one, "lease");
      const contender = new Contender(session, { type: "lease", name: session.prefix });
      await contender.next("leased").catch(async (error: unknown) => {
        await contender.kill();
        throw error;
      });
      assert.equal(await lease(session.prefix, never()), undefined, "the other process holds it");
      const killedAt = performance.now();
      await contender.kill();
      for (;;) {
        const taken = await within(CALL_MS, "lease", () => lease(session.prefix, never()));
        const waited = performance.now() - killedAt;
        if (taken !== undefined) return taken.release();
        assert.ok(
          waited < TAKEN_OVER_MS,
          `the lease is still held ${Math.round(waited)} ms after its holder was killed`,
        );
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }),
  ];
}
