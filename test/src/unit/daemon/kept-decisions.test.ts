import { setImmediate as turn } from "node:timers/promises";
import type { AccessRequest, Authorization, Caller } from "@vexil/plugin-api";
import test from "ava";
import { Decider } from "../../../../daemon/dist/http/rights/decider.js";
import type { Decide, Question } from "../../../../daemon/dist/http/rights/decision.js";
import { KeptDecisions } from "../../../../daemon/dist/http/rights/kept-decisions.js";

const caller = (subject: string): Caller => ({ method: "token", identity: { subject, metadata: {}, claims: {} } });
const ADA = caller("ada");

/** Decisions that are answered as the test says, and the questions so far. */
function kept(
  answer: (question: Question) => boolean,
  keepMs?: number,
): { decisions: KeptDecisions; asked: Question[] } {
  const asked: Question[] = [];
  const decide: Decide = async (_caller, question) => {
    asked.push(question);
    await turn();
    return { allowed: answer(question), keepMs };
  };
  return { decisions: new KeptDecisions(decide), asked };
}

test("a question is asked once for each caller and place, and then answered at once", async (t) => {
  const { decisions, asked } = kept(({ environment }) => environment === "staging");
  const [first, second] = [decisions.may(ADA, "read", "staging", "a"), decisions.may(ADA, "read", "staging", "a")];
  t.deepEqual([await first, await second, asked.length], [true, true, 1]);
  t.true(decisions.may(ADA, "read", "staging", "a"));
  t.false(await decisions.may(ADA, "read", "production", "a"));
  t.false(decisions.may(ADA, "read", "production", "a"));
  for (const [who, action, environment, namespace] of [
    [caller("ada"), "read", "staging", "a"],
    [ADA, "write", "staging", "a"],
    [ADA, "read", "staging", "b"],
    [ADA, "read", "staging", undefined],
    [ADA, "read", undefined, undefined],
  ] as const) {
    const before = asked.length;
    await decisions.may(who, action, environment, namespace);
    t.is(asked.length, before + 1);
  }
});

test("what is forgotten while it is asked is not kept", async (t) => {
  let allowed = true;
  const { decisions, asked } = kept(() => allowed);
  const old = decisions.may(ADA, "read", "staging", "a");
  decisions.forget();
  allowed = false;
  t.false(await decisions.may(ADA, "read", "staging", "a"));
  await old;
  t.false(decisions.may(ADA, "read", "staging", "a"));
  t.is(asked.length, 2);
});

test("however often all is forgotten while a question is under way, it is asked once more", async (t) => {
  const answers: ((allowed: boolean) => void)[] = [];
  const decisions = new KeptDecisions(async () => ({
    allowed: await new Promise<boolean>((resolve) => answers.push(resolve)),
    keepMs: undefined,
  }));
  const first = decisions.may(ADA, "read", "staging", "a");
  const later = Array.from({ length: 1000 }, () => {
    decisions.forget();
    return decisions.may(ADA, "read", "staging", "a");
  });
  await turn();
  t.is(answers.length, 1);
  void decisions.may(ADA, "read", "staging", undefined);
  t.is(answers.length, 2, "another question is not held up");
  answers[0]?.(true);
  t.true(await first);
  await turn();
  t.is(answers.length, 3);
  decisions.forget();
  const last = decisions.may(ADA, "read", "staging", "a");
  await turn();
  t.is(answers.length, 3);
  answers[2]?.(false);
  t.deepEqual(new Set(await Promise.all(later)), new Set([false]), "what was decided before counts no more");
  await turn();
  t.is(answers.length, 4);
  answers[3]?.(true);
  t.true(await last);
  t.true(decisions.may(ADA, "read", "staging", "a"), "the newest is kept");
});

test("a decision that holds for a time is asked for again, one that does not hold each time", async (t) => {
  const short = kept(() => true, 5);
  t.false(short.decisions.isForATime);
  t.true(await short.decisions.may(ADA, "read", "staging", "a"));
  t.true(short.decisions.isForATime);
  const until = performance.now() + 20;
  while (performance.now() < until) await turn();
  t.true(await short.decisions.may(ADA, "read", "staging", "a"));
  t.is(short.asked.length, 2);
  const never = kept(() => false, 0);
  t.false(await never.decisions.may(ADA, "read", "staging", "a"));
  t.false(await never.decisions.may(ADA, "read", "staging", "a"));
  t.is(never.asked.length, 2);
});

test("names that a client invents do not grow what is kept without end", async (t) => {
  const { decisions, asked } = kept(() => true);
  for (let index = 0; index < 10_001; index += 1) await decisions.may(ADA, "read", "staging", `n${index}`);
  t.is(asked.length, 10_001);
  await decisions.may(ADA, "read", "staging", "n0");
  t.is(asked.length, 10_002, "the oldest are gone");
});

test("a name that is too long for anything there is is asked for as all of them, and not kept", async (t) => {
  const { decisions, asked } = kept(({ namespace }) => namespace !== undefined);
  const long = "n".repeat(256);
  t.false(await decisions.may(ADA, "write", "staging", long));
  t.false(await decisions.may(ADA, "write", long, `${long}x`));
  t.deepEqual(
    asked.map(({ environment, namespace }) => [environment, namespace]),
    [
      ["staging", undefined],
      [undefined, undefined],
    ],
  );
  t.false(decisions.may(ADA, "write", "staging", `${long}y`), "the same question as before");
  t.true(await decisions.may(ADA, "write", "staging", "n".repeat(255)));
});

test("what is kept of all callers together has a bound", async (t) => {
  const asked: string[] = [];
  const decide: Decide = async (_caller, { namespace = "" }) => {
    asked.push(namespace);
    return { allowed: true, keepMs: undefined };
  };
  const decisions = new KeptDecisions(decide, 100_000);
  const callers = Array.from({ length: 19 }, (_, index) => caller(`c${index}`));
  const name = (index: number): string => `${index}`.padStart(100, "n");
  for (const who of callers)
    for (let index = 0; index < 50; index += 1) await decisions.may(who, "read", "e", name(index));
  t.is(asked.length, 950);
  let known = 0;
  for (const who of callers) if (decisions.may(who, "read", "e", name(0)) === true) known += 1;
  // The names of one caller alone are 10 kB.
  t.true(known > 0 && known < 8, `${known} of 19 callers are kept`);
});

test("who invents names loses what is kept, and nobody else", async (t) => {
  const asked: string[] = [];
  const decide: Decide = async (_caller, { namespace = "" }) => {
    asked.push(namespace);
    return { allowed: true, keepMs: undefined };
  };
  const decisions = new KeptDecisions(decide, 100_000);
  const others = Array.from({ length: 50 }, (_, index) => caller(`c${index}`));
  for (const who of others) for (const name of ["a", "b"]) await decisions.may(who, "read", "e", name);
  // One caller with several sessions.
  const sessions = [ADA, caller("ada"), caller("ada")];
  for (let index = 0; index < 3000; index += 1) {
    for (const who of sessions) await decisions.may(who, "read", "e", `${index}`.padStart(100, "n"));
  }
  const before = asked.length;
  for (const who of others) for (const name of ["a", "b"]) t.true(decisions.may(who, "read", "e", name));
  t.is(asked.length, before);
});

test("decisions about kinds of changes are apart from each other", async (t) => {
  const { decisions, asked } = kept(({ change }) => change === "update");
  t.true(await decisions.may(ADA, "write", "staging", "a", "update"));
  t.false(await decisions.may(ADA, "write", "staging", "a", "delete"));
  t.false(await decisions.may(ADA, "write", "staging", "a"));
  t.true(decisions.may(ADA, "write", "staging", "a", "update"));
  t.is(asked.length, 3);
});

test("one caller's questions wait for each other, and hold up nobody else's", async (t) => {
  let underWay = 0;
  let most = 0;
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const decide: Decide = async ({ identity }) => {
    if (identity.subject === "bob") return { allowed: true, keepMs: undefined };
    underWay += 1;
    most = Math.max(most, underWay);
    await gate;
    await turn();
    underWay -= 1;
    return { allowed: true, keepMs: undefined };
  };
  const decisions = new KeptDecisions(decide);
  const all = Array.from({ length: 200 }, (_, index) => decisions.may(ADA, "evaluate", "staging", `n${index}`));
  await turn();
  t.is(underWay, 16);
  t.true(await decisions.may(caller("bob"), "evaluate", "staging", "a"));
  go();
  t.deepEqual(new Set(await Promise.all(all)), new Set([true]));
  t.is(most, 16);
});

/** A decider over an engine of the test's. */
function deciderOf(decide: Authorization["decide"], bases: Readonly<Record<string, string>> = {}): Decider {
  const info = (key: string): object => ({ info: { key, base: bases[key] }, snapshot: undefined });
  return new Decider(() => ({ decide, close: async () => {} }), { get: (key: string) => info(key) as never });
}

test("a decision is made again when something changes meanwhile", async (t) => {
  const asked: AccessRequest[] = [];
  const decider: Decider = deciderOf(
    async (_caller, request) => {
      asked.push(request);
      if (asked.length === 1) decider.changed();
      return asked.length > 1;
    },
    { feature: "staging" },
  );
  t.true((await decider.decide(ADA, { action: "read", environment: "feature", namespace: "a" })).allowed);
  t.deepEqual(
    asked.map(({ base }) => base),
    ["staging", "staging"],
  );
});

test("environments that come and go without end leave decisions about others as they are", async (t) => {
  const bases: Record<string, string> = {};
  let asked = 0;
  const decider: Decider = deciderOf(async (_caller, { environment, base }) => {
    asked += 1;
    bases[`branch-${asked}`] = "staging";
    if (environment === "late" && asked < 3) bases.late = `base-${asked}`;
    decider.environmentsChanged();
    return environment === "staging" || base === "base-2";
  }, bases);
  let changes = 0;
  decider.changes$.subscribe(() => {
    changes += 1;
  });
  t.deepEqual(await decider.decide(ADA, { action: "read", environment: "staging" }), {
    allowed: true,
    keepMs: undefined,
  });
  t.deepEqual([asked, changes], [1, 1]);
  asked = 0;
  t.true((await decider.decide(ADA, { action: "read", environment: "late" })).allowed);
  t.is(asked, 3, "what it was a branch of had changed");
});

test("an engine that fails, or that changes without end, allows nothing", async (t) => {
  const failing = deciderOf(() => Promise.reject(new Error("away")));
  t.false((await failing.decide(ADA, { action: "read" })).allowed);
  const restless: Decider = deciderOf(async () => {
    restless.changed();
    return true;
  });
  t.deepEqual(await restless.decide(ADA, { action: "read" }), { allowed: false, keepMs: 0 });
  t.false((await new Decider(() => undefined, { get: () => undefined }).decide(ADA, { action: "read" })).allowed);
});

test("an engine is asked so many questions at once and no more", async (t) => {
  let underWay = 0;
  let most = 0;
  const decider = deciderOf(async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await turn();
    underWay -= 1;
    return true;
  });
  const asked = Array.from({ length: 1000 }, (_, index) =>
    decider.decide(caller(`c${index}`), { action: "read", environment: "staging" }),
  );
  t.true((await Promise.all(asked)).every(({ allowed }) => allowed));
  t.is(most, 128);
});
