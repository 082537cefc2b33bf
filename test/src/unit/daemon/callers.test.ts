import test from "ava";
import { Callers } from "../../../../daemon/dist/access/callers.js";
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
  callers.forget({ ...login, sid: "b", at: Date.now() - 60_000 });
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
