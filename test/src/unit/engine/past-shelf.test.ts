import { PastShelf } from "@vexil/engine/storage/past/past-shelf";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import test from "ava";

const state = (revision: string): Snapshot =>
  ({ revision, namespaces: new Map(), files: new Map(), quarantined: [] }) as unknown as Snapshot;

test("of each environment no more states are kept than are wanted, those that were used last", async (t) => {
  const given: string[] = [];
  const shelf = new PastShelf({ letGo: (holder) => void given.push(holder) }, undefined, "feed ", 2);
  const get = (environment: string, revision: string): Promise<Snapshot> =>
    shelf.get({ environment, revision }, async () => state(revision));
  await get("a", "1");
  await get("b", "1");
  await get("a", "2");
  await get("a", "1");
  await get("a", "3");
  const isKept = (environment: string, revision: string): boolean =>
    shelf.peek({ environment, revision }) !== undefined;
  t.deepEqual([isKept("a", "1"), isKept("a", "2"), isKept("a", "3"), isKept("b", "1")], [true, false, true, true]);
  t.deepEqual(given, ["feed a\x002"]);
  t.is(shelf.latest("a")?.revision, "3");
});
