import { setImmediate as turn } from "node:timers/promises";
import type { PresentedCredential } from "@vexil/plugin-api";
import test from "ava";
import { Callers } from "../../../../daemon/dist/access/callers.js";
import { KnownCallers } from "../../../../daemon/dist/access/known-callers.js";
import type { Principal } from "../../../../daemon/dist/access/principal.js";

const login = { method: "oidc", provider: "corp" } as const;

/** A caller with a session that began at a provider's `sid`. */
const principal = (sid: string, createdAt = Date.now() - 1000): Principal => ({
  ...login,
  id: `id of ${sid}`,
  scheme: "Bearer",
  createdAt,
  login: { sid, sub: sid },
  identity: { subject: sid, metadata: {}, claims: {} },
});

test("a provider's logout forgets its own callers, and nobody else", async (t) => {
  const asked: string[] = [];
  const callers = new Callers(async ({ value }) => {
    asked.push(value);
    return principal(value);
  });
  const told: unknown[] = [];
  callers.onForget((ended) => told.push(ended));
  const ask = async (): Promise<void> => {
    for (const value of ["a", "b"]) await callers.of({ scheme: "Bearer", value });
  };
  await ask();
  await ask();
  t.deepEqual(asked, ["a", "b"]);
  const ended = { ...login, sid: "a", at: Date.now() };
  callers.forget(ended);
  await ask();
  t.deepEqual(asked, ["a", "b", "a"]);
  callers.forget({ ...login, provider: "other", sid: "b", at: Date.now() });
  callers.forget({ ...login, sid: "b", at: Date.now() - 120_000 });
  await ask();
  t.deepEqual(asked, ["a", "b", "a"], "of another provider, and from before");
  callers.forget({ id: "id of b", at: Date.now() });
  await ask();
  t.deepEqual(asked, ["a", "b", "a", "b"]);
  t.is(told.length, 4);
  t.deepEqual(told[0], ended);
});

test("an answer that is on its way does not bring back who was logged out meanwhile", async (t) => {
  const answers: (() => void)[] = [];
  const callers = new Callers(
    ({ value }) =>
      new Promise((resolve) => {
        answers.push(() => resolve(principal(value)));
      }),
  );
  const [gone, stays] = ["a", "b"].map((value) => callers.of({ scheme: "Bearer", value }));
  callers.forget({ ...login, sub: "a", at: Date.now() });
  for (const answer of answers) answer();
  t.false((await gone)?.admitted);
  t.true((await stays)?.admitted);
  t.is(answers.length, 2, "nobody was asked again");
  const again = callers.of({ scheme: "Bearer", value: "c" });
  for (let count = 0; count < 1001; count += 1) callers.forget({ ...login, sid: `made up ${count}`, at: Date.now() });
  answers.at(-1)?.();
  await new Promise((resolve) => setImmediate(resolve));
  t.is(answers.length, 4, "after too many logouts it is asked again");
  answers.at(-1)?.();
  t.true((await again)?.admitted);
});

/** A caller with a token of the configuration. */
const tokenCaller = (subject: string, expiresAt?: number): Principal => ({
  id: subject,
  method: "token",
  scheme: "Bearer",
  identity: { subject, metadata: {}, claims: {}, expiresAt },
});

/** Runs with clocks that are so far ahead; all that happens meanwhile is done at once. */
function ahead<T>(byMs: { readonly wall?: number; readonly steady?: number }, run: () => T): T {
  const { now: wall } = Date;
  const steady = performance.now.bind(performance);
  Date.now = () => wall() + (byMs.wall ?? 0);
  performance.now = () => steady() + (byMs.steady ?? 0);
  try {
    return run();
  } finally {
    Date.now = wall;
    performance.now = steady;
  }
}

const HOUR = 3_600_000;

test("a caller is asked about again after a while, whatever is done to the wall clock", (t) => {
  const known = new KnownCallers();
  known.keep("ada", tokenCaller("ada"));
  t.is(known.get("ada")?.principal?.id, "ada");
  t.truthy(ahead({ wall: HOUR }, () => known.get("ada")));
  t.is(
    ahead({ wall: -HOUR, steady: HOUR }, () => known.get("ada")),
    undefined,
  );
});

test("a caller whose time has run out is not known any more", (t) => {
  const known = new KnownCallers();
  known.keep("ada", tokenCaller("ada", Date.now() + HOUR));
  t.truthy(known.get("ada"));
  t.is(
    ahead({ wall: 2 * HOUR }, () => known.get("ada")),
    undefined,
  );
  t.deepEqual(known.keep("bob", tokenCaller("bob", Date.now() - 1)), { admitted: false, principal: undefined });
});

test("tokens that take their time keep nobody out who comes with another kind of credential", async (t) => {
  const hanging: (() => void)[] = [];
  const callers = new Callers(({ scheme, value }: PresentedCredential) =>
    scheme === "Bearer"
      ? Promise.resolve(tokenCaller(value))
      : new Promise((resolve) => hanging.push(() => resolve(undefined))),
  );
  const asked = Array.from({ length: 1500 }, (_, index) => callers.of({ scheme: "JWT", value: `t${index}` }));
  const outcomes = Promise.allSettled(asked);
  await turn();
  t.is(hanging.length, 1000);
  t.true((await callers.of({ scheme: "Bearer", value: "ada" })).admitted);
  for (const end of hanging) end();
  const refused = (await outcomes).filter(({ status }) => status === "rejected");
  t.is(refused.length, 500);
});
