import assert from "node:assert/strict";
import type { Backend } from "../../backend.js";
import {
  assertStored,
  BackendSession,
  CLOSE_MS,
  type ConformanceRun,
  newCommit,
  refAt,
  swap,
  writeAll,
} from "../backend-session.js";
import { type ConformanceCase, conformanceCase, Skip, within } from "../conformance-case.js";
import { history, uniqueBlob } from "../git-samples.js";

/** Closing and reopening. */
export function lifeCases(run: ConformanceRun): readonly ConformanceCase[] {
  const withSession = (title: string, body: (session: BackendSession) => Promise<void>): ConformanceCase =>
    conformanceCase(title, () => BackendSession.with(run, body));
  const reopened = (
    title: string,
    body: (before: Backend, reopen: () => Promise<Backend>, session: BackendSession) => Promise<void>,
  ): ConformanceCase =>
    withSession(title, async (session) => {
      if (!run.plugin.capabilities.durable) throw new Skip("the backend is not durable");
      const before = await session.open();
      const reopen = async (): Promise<Backend> => {
        await session.close(before);
        return session.open();
      };
      await body(before, reopen, session);
    });
  return [
    withSession("closes twice, and at the same time", async (session) => {
      const backend = await session.open();
      await within(CLOSE_MS, "close", async () => void (await Promise.all([backend.close(), backend.close()])));
      await session.close(backend);
    }),
    withSession("closes while it writes, and settles the write", async (session) => {
      const backend = await session.open();
      const writing = backend.objects.write(Array.from({ length: 500 }, () => uniqueBlob(2_000)));
      const closing = session.close(backend);
      await within(CLOSE_MS, "a write during close", async () => void (await Promise.allSettled([writing, closing])));
      await closing;
    }),
    withSession("hangs in no call after it was closed", async (session) => {
      const backend = await session.open();
      await session.close(backend);
      const { oid } = uniqueBlob();
      const calls = [() => backend.refs.list(""), () => backend.objects.read([oid]), () => backend.objects.write([])];
      for (const call of calls) {
        await within(CLOSE_MS, "a call after close", async () => void (await Promise.allSettled([call()])));
      }
    }),
    withSession("opens again after it was closed", async (session) => {
      await session.close(await session.open());
      const backend = await session.open();
      const blob = uniqueBlob();
      await writeAll(backend, [blob]);
      await assertStored(backend, [blob]);
    }),
    reopened("finds its objects and refs again", async (before, reopen, session) => {
      const { objects, commits } = history(3);
      const tip = await newCommit(before, objects);
      await swap(before, session.ref("x"), undefined, tip);
      assert.equal(tip, commits.at(-1)?.oid);
      const after = await reopen();
      await assertStored(after, objects);
      assert.deepEqual([...(await after.refs.list(session.prefix))], [[session.ref("x"), tip]]);
    }),
    reopened("finds its shallow list again", async (before, reopen) => {
      if (before.shallow === undefined) throw new Skip("the backend has no shallow");
      const commit = history(1, () => uniqueBlob());
      const tip = await newCommit(before, commit.objects);
      await before.shallow.update([tip], []);
      const after = await reopen();
      assert.ok((await after.shallow?.read())?.has(tip));
    }),
    reopened("does not bring a deleted ref back", async (before, reopen, session) => {
      const tip = await newCommit(before, history(1).objects);
      await swap(before, session.ref("x"), undefined, tip);
      await swap(before, session.ref("x"), tip, undefined);
      assert.equal(await refAt(await reopen(), session.ref("x")), undefined);
    }),
    reopened("swaps on after reopening, from where it was", async (before, reopen, session) => {
      const { objects, commits } = history(2);
      await newCommit(before, objects);
      const [a, b] = commits.map((commit) => commit.oid);
      await swap(before, session.ref("x"), undefined, a);
      const after = await reopen();
      assert.equal(await swap(after, session.ref("x"), undefined, b), false);
      assert.equal(await swap(after, session.ref("x"), a, b), true);
    }),
    reopened("keeps what was written right before it was closed", async (before, reopen) => {
      const objects = Array.from({ length: 300 }, () => uniqueBlob(1_000));
      await writeAll(before, objects);
      await assertStored(await reopen(), objects);
    }),
  ];
}
