import { setImmediate as turn } from "node:timers/promises";
import test from "ava";
import { HeldContexts } from "../../../../daemon/dist/telemetry/held-contexts.js";

type Context = ReturnType<HeldContexts["active"]>;

/** A context that says its name. */
const named = (name: string): Context => ({ getValue: () => name }) as unknown as Context;
const nameOf = (contexts: HeldContexts): unknown => contexts.active().getValue(Symbol("name"));

test("a context goes along with promises while something is held", async (t) => {
  const contexts = new HeldContexts();
  const release = contexts.hold();
  const later = contexts.with(named("a"), async () => {
    await turn();
    return nameOf(contexts);
  });
  t.is(nameOf(contexts), undefined);
  t.is(await later, "a");
  release();
});

test("when nothing is held it is there for the call alone, and nothing is handed on", async (t) => {
  const contexts = new HeldContexts();
  const later = contexts.with(named("a"), async () => {
    const now = nameOf(contexts);
    await turn();
    return [now, nameOf(contexts)];
  });
  t.is(nameOf(contexts), undefined);
  t.deepEqual(await later, ["a", undefined]);
});

test("calls within calls have the innermost context, whether something is held or not, also when one fails", (t) => {
  const contexts = new HeldContexts();
  const seen: unknown[] = [];
  const look = (): void => void seen.push(nameOf(contexts));
  contexts.with(named("a"), () => {
    const release = contexts.hold();
    contexts.with(named("b"), () => {
      look();
      release();
      contexts.with(named("c"), look);
    });
    look();
    t.throws(() =>
      contexts.with(named("d"), () => {
        throw new Error("as it may");
      }),
    );
    look();
  });
  look();
  t.deepEqual(seen, ["b", "c", "a", "a", undefined]);
});

test("the last one who lets go ends it, and to let go twice counts once", (t) => {
  const contexts = new HeldContexts();
  const [first, second] = [contexts.hold(), contexts.hold()];
  first();
  first();
  t.true(contexts.isHeld);
  second();
  t.false(contexts.isHeld);
});
