import test from "ava";
import { Refusals } from "../../../../daemon/dist/http/rights/refusals.js";
import { ToldRefusals } from "../../../../daemon/dist/http/rights/told-refusals.js";
import { recorder } from "../../helpers/daemon/recorder.js";

test("a refusal is told once a minute, with how many there were since", (t) => {
  const told = new ToldRefusals();
  t.is(told.take("read a", 0), 0);
  t.is(told.take("read a", 1000), undefined);
  t.is(told.take("read a", 59_999), undefined);
  t.is(told.take("read b", 59_999), 0);
  t.is(told.take("read a", 60_000), 2);
  t.is(told.take("read a", 60_001), undefined);
});

test("names that a caller invents make ten lines a minute, and none is lost from the count", (t) => {
  const told = new ToldRefusals();
  let lines = 0;
  let counted = 0;
  let refused = 0;
  // Ten minutes, ten refusals a second.
  for (let now = 0; now < 600_000; now += 100) {
    refused += 1;
    const repeated = told.take(`read e${refused}`, now);
    if (repeated === undefined) continue;
    lines += 1;
    counted += 1 + repeated;
  }
  t.true(lines <= 100, `${lines} lines`);
  t.true(counted > refused * 0.85, `${counted} of ${refused} are counted`);
});

test("one caller's inventions keep no other's refusal from the log, and lines are short", (t) => {
  const { logger, lines } = recorder();
  const refusals = new Refusals(logger);
  const caller = (subject: string) => ({ method: "jwt", identity: { subject, metadata: {}, claims: {} } });
  for (let index = 0; index < 5000; index += 1) {
    refusals.refuse(caller("mallory"), { action: "read", environment: `e${index}${"x".repeat(10_000)}` });
  }
  refusals.refuse(caller("ada"), { action: "write", environment: "production", namespace: "n".repeat(10_000) });
  t.is(lines.filter(({ actor }) => actor === "jwt:mallory").length, 10);
  t.is(lines.filter(({ actor }) => actor === "jwt:ada").length, 1);
  t.true(JSON.stringify(lines).length < 10_000);
});
