import { commitFacts } from "@vexil/engine/sinks/commit-facts";
import type { CommitInfo } from "@vexil/git/repository-view";
import test from "ava";

const commit = (message: string, instance?: string): CommitInfo => ({
  oid: "a".repeat(40),
  tree: "b".repeat(40),
  parents: [],
  message,
  author: { name: "Ada", email: "ada@example.com", timestampMs: 0 },
  committer: { name: "Vexil", email: "vexil@example.com", timestampMs: 1_767_323_045_000 },
  instance,
});

const ROLLBACK = "put it back\n\nVexil-Actor: token:ci\nVexil-Rollback: abcd";

test("headers and trailers that anybody can write who can push count where no caller has to say who it is", async (t) => {
  const origin = async (made: CommitInfo, isGenuine: boolean, needsProof: boolean): Promise<string> =>
    (await commitFacts(made, false, { isGenuine: async () => isGenuine }, needsProof)).origin;
  t.is(await origin(commit("x", "i w"), true, true), "api");
  t.is(await origin(commit(ROLLBACK, "i w"), true, true), "rollback");
  // Forged by somebody who can push.
  t.is(await origin(commit(ROLLBACK, "i w"), false, true), "push");
  t.is(await origin(commit(ROLLBACK), false, false), "push");
  t.is(await origin(commit("x", "i w"), false, false), "api");
  t.is(await origin(commit(ROLLBACK, "i w"), false, false), "rollback");
  const forged = await commitFacts(commit(ROLLBACK, "i w"), true, { isGenuine: async () => false }, true);
  t.like(forged, { origin: "rewritten", actor: "git:ada@example.com", subject: "put it back" });
  t.is(forged.time, "2026-01-02T03:04:05.000Z");
  const proven = await commitFacts(commit(ROLLBACK, "i w"), false, { isGenuine: async () => true }, true);
  t.is(proven.actor, "token:ci");
});
