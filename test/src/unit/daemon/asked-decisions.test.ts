import type { Caller } from "@vexil/plugin-api";
import test from "ava";
import { AskedDecisions } from "../../../../daemon/dist/workers/asked-decisions.js";
import type { FromWorker } from "../../../../daemon/dist/workers/messages.js";
import { ToldCallers } from "../../../../daemon/dist/workers/told-callers.js";

type Wanted = Extract<FromWorker, { type: "decision-wanted" }>;

const caller = (subject: string): Caller => ({
  method: "jwt",
  identity: { subject, metadata: {}, claims: { groups: "g".repeat(10_000) } },
});

/** A worker's questions, on their way to a primary that allows everything to callers it knows. */
function worker(): {
  asked: AskedDecisions;
  messages: Wanted[];
  callers: (Caller | undefined)[];
  told: ToldCallers<string>;
} {
  const messages: Wanted[] = [];
  const callers: (Caller | undefined)[] = [];
  const told = new ToldCallers<string>();
  const asked: AskedDecisions = new AskedDecisions((sent) => {
    // As between processes: a copy, and no answer before the question is sent.
    const message = structuredClone(sent) as Wanted;
    messages.push(message);
    const known = told.of("w1", message.caller);
    callers.push(known);
    queueMicrotask(() => asked.answer(message.id, { allowed: known !== undefined, keepMs: undefined }));
  });
  return { asked, messages, callers, told };
}

test("a worker tells whom it asks about once, however many questions it has", async (t) => {
  const { asked, messages, callers } = worker();
  const ada = caller("ada");
  for (let index = 0; index < 1000; index += 1) {
    const question = { action: "evaluate", environment: "staging", namespace: `n${index}` } as const;
    t.true((await asked.decide(ada, question)).allowed);
  }
  t.is(messages.filter(({ caller: { told } }) => told !== undefined).length, 1);
  t.true(JSON.stringify(messages).length < 300_000, "far less than 1000 identities");
  t.deepEqual(callers[0], ada);
  t.is(new Set(callers).size, 1, "an engine that knows a caller knows it the next time");
});

test("callers with large identities are told again sooner, and what the primary holds of them has a bound", async (t) => {
  const { asked, messages } = worker();
  for (let index = 0; index < 200; index += 1) {
    const { identity, ...who } = caller(`c${index}`);
    await asked.decide(
      { ...who, identity: { ...identity, claims: { groups: "g".repeat(100_000) } } },
      { action: "read" },
    );
  }
  const dropped = messages.flatMap(({ caller: { dropped } }) => dropped);
  const held = messages.length - dropped.length;
  t.true(held > 20 && held * 100_000 < 5_000_000, `${held} are held`);
  t.is(new Set(dropped).size, dropped.length);
});

test("callers told of longest ago are forgotten on both sides, and told again", async (t) => {
  const { asked, messages, callers, told } = worker();
  const everybody = Array.from({ length: 501 }, (_, index) => caller(`c${index}`));
  for (const who of [...everybody, everybody[0] as Caller]) {
    t.true((await asked.decide(who, { action: "read" })).allowed);
  }
  t.is(callers.at(-1)?.identity.subject, "c0");
  t.is(messages.filter(({ caller: { told } }) => told !== undefined).length, 502);
  const first = messages[0]?.caller.number ?? 0;
  t.is(told.of("w1", { number: first, told: undefined, dropped: [] }), undefined);
  const last = messages.at(-1)?.caller.number ?? 0;
  t.is(told.of("w2", { number: last, told: undefined, dropped: [] }), undefined, "each worker has its own");
  told.forget("w1");
  t.is(told.of("w1", { number: last, told: undefined, dropped: [] }), undefined);
});
