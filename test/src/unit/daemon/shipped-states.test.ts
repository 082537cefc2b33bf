import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import type { ServedNamespace } from "../../../../daemon/dist/http/reads/read-snapshots.js";
import { ShippedStates, stateNumber } from "../../../../daemon/dist/workers/shipped-states.js";

const KEPT_MS = 50;

const namespace = (key: string): ServedNamespace => ({ key }) as ServedNamespace;

/** Timers that were set before have run then. */
const later = (): Promise<void> => sleep(2 * KEPT_MS);

test("a state that was replaced is known a while longer, and those of namespaces that are gone too", async (t) => {
  const states = new ShippedStates(KEPT_MS);
  const [old, fresh, gone] = [namespace("a"), namespace("a"), namespace("b")];
  states.set("one", "a", old);
  states.set("one", "b", gone);
  states.set("one", "a", fresh);
  states.keep("one", new Set(["a"]));
  t.is(states.get("one", "a"), fresh);
  t.is(states.get("one", "b"), undefined);
  t.deepEqual(
    [old, fresh, gone].map((each) => states.find(stateNumber(each))?.namespace),
    [old, fresh, gone],
  );
  await later();
  t.deepEqual(
    [old, fresh, gone].map((each) => states.find(stateNumber(each))?.namespace),
    [undefined, fresh, undefined],
  );
});

test("a state is known for as long as any environment serves it, however often it was told or came back", async (t) => {
  const states = new ShippedStates(KEPT_MS);
  const [shared, other] = [namespace("a"), namespace("a")];
  for (const environment of ["one", "two", "two"]) states.set(environment, "a", shared);
  states.set("two", "a", other);
  await later();
  t.is(states.find(stateNumber(shared))?.namespace, shared);
  states.keep("one", new Set());
  states.set("two", "a", shared);
  await later();
  t.is(states.find(stateNumber(shared))?.namespace, shared);
  t.is(states.find(stateNumber(other)), undefined);
  states.keep("two", new Set());
  await later();
  t.is(states.find(stateNumber(shared)), undefined);
});
