import { VexilError } from "@vexil/plugin-api/errors";
import test from "ava";
import { LongWork } from "../../../../daemon/dist/http/limits/long-work.js";
import type { Answer, Route, RouteRequest } from "../../../../daemon/dist/http/route.js";

/** A route whose requests end when they are told to, in the order in which they began. */
function heldRoute() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const held = {
    handle: ({ client }: RouteRequest) => {
      begun.push(client);
      return new Promise<Answer>((resolve) => ends.push(() => resolve({ status: 200, body: {} })));
    },
  } as unknown as Route;
  const route = new LongWork().limit(held);
  const ask = async (client: string, signal = new AbortController().signal): Promise<Answer> =>
    route.handle({ client, signal, principal: undefined } as unknown as RouteRequest);
  return { begun, ends, ask };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("two requests of a client are worked at, the next when one has ended, and another client waits for none", async (t) => {
  const { begun, ends, ask } = heldRoute();
  const asked = Array.from({ length: 4 }, () => ask("a"));
  await turn();
  t.deepEqual(begun, ["a", "a"]);
  asked.push(ask("b"));
  await turn();
  t.deepEqual(begun, ["a", "a", "b"]);
  ends.shift()?.();
  ends.shift()?.();
  await turn();
  // Who has fewest turns is next.
  t.deepEqual(begun, ["a", "a", "b", "a"]);
  for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
    end();
    await turn();
  }
  for (const { status } of await Promise.all(asked)) t.is(status, 200);
  t.is(begun.length, 5);
});

test("more than a client may have waiting is refused, and there is room again once it has been worked at", async (t) => {
  const { ends, ask } = heldRoute();
  const asked = [ask("a"), ask("a")];
  await turn();
  asked.push(...Array.from({ length: 64 }, () => ask("a")));
  const error = await t.throwsAsync(ask("a"), { instanceOf: VexilError });
  t.is(error?.code, "VEXIL_OVERLOADED_WORK");
  t.is(error?.details.retryAfterMs, 5_000);
  for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
    end();
    await turn();
  }
  await Promise.all(asked);
  const again = ask("a");
  await turn();
  ends.shift()?.();
  t.is((await again).status, 200);
});

test("a request whose client has gone away is not worked at", async (t) => {
  const { begun, ends, ask } = heldRoute();
  const asked = [ask("a"), ask("a")];
  await turn();
  const gone = new AbortController();
  const left = t.throwsAsync(ask("a", gone.signal), { message: "gone" });
  gone.abort(new Error("gone"));
  for (const end of ends) end();
  await Promise.all(asked);
  await left;
  t.is(begun.length, 2);
});
