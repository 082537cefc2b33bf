import { setImmediate as turn } from "node:timers/promises";
import test from "ava";
import { PackTurns } from "../../../../daemon/dist/http/git/pack-turns.js";

const ONE = { principal: undefined, client: "127.0.0.1" };
const signalOf = (): AbortSignal => new AbortController().signal;

test("a client that goes while it waits for its turn leaves its place to others, and keeps no turn", async (t) => {
  // Those that stay wait for longer.
  t.timeout(5_000);
  const turns = new PackTurns();
  const held = await Promise.all(Array.from({ length: 8 }, () => turns.take(ONE, signalOf())));
  const leaving = Array.from({ length: 24 }, () => new AbortController());
  const waiting = leaving.map((one) => turns.take(ONE, one.signal));
  await t.throwsAsync(turns.take(ONE, signalOf()), { message: /too many git clients/ });
  for (const one of leaving) one.abort(new Error("gone"));
  for (const one of waiting) await t.throwsAsync(one, { message: "gone" });
  const next = Array.from({ length: 8 }, () => turns.take(ONE, signalOf()));
  for (const release of held) release();
  const [first] = await Promise.all(next);
  const ninth = turns.take(ONE, signalOf()).then(() => "has come");
  t.is(await Promise.race([ninth, turn("waits")]), "waits", "nobody's turn was given back twice");
  first?.();
  t.is(await ninth, "has come");
});
