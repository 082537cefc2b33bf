import test from "ava";
import { AttemptLimit } from "../../../../daemon/dist/access/attempt-limit.js";

const tooMany = { code: "VEXIL_OVERLOADED_REQUESTS" };

test("attempts count while nobody knows how they end, so that all at once are no more than one by one", (t) => {
  const limit = new AttemptLimit("failed logins");
  const running = Array.from({ length: 100 }, () => limit.begin("192.0.2.1"));
  t.throws(() => limit.begin("192.0.2.1"), tooMany);
  t.notThrows(() => limit.begin("192.0.2.2"), "another client");
  // Half of them fail: as many may be under way.
  running.forEach((over, index) => {
    over(index < 50);
  });
  const next = Array.from({ length: 50 }, () => limit.begin("192.0.2.1"));
  t.throws(() => limit.begin("192.0.2.1"), tooMany);
  for (const over of next) over(true);
  const error = t.throws(() => limit.begin("192.0.2.1"), tooMany) as Error & {
    readonly details: { readonly retryAfterMs: number };
  };
  t.true(error.details.retryAfterMs > 1000, "it has failed a hundred times");
});

test("of one client no more are under way than may be, however they end", (t) => {
  const limit = new AttemptLimit("questions", 2);
  const [first] = [limit.begin("192.0.2.1"), limit.begin("192.0.2.1")];
  t.throws(() => limit.begin("192.0.2.1"), tooMany);
  t.notThrows(() => limit.begin("192.0.2.2"), "another client");
  first?.(false);
  t.notThrows(() => limit.begin("192.0.2.1"));
});

test("attempts that do not count are forgotten", (t) => {
  const limit = new AttemptLimit("failed logins");
  for (let count = 0; count < 1000; count += 1) limit.begin("192.0.2.1")(false);
  t.notThrows(() => limit.begin("192.0.2.1"));
});

test("of more clients than are looked after, those seen longest ago begin anew", (t) => {
  const limit = new AttemptLimit("failed logins");
  const fail = (client: string): void => limit.begin(client)(true);
  for (let count = 0; count < 100; count += 1) fail("192.0.2.1");
  for (let count = 0; count < 99_999; count += 1) fail(`client ${count}`);
  t.throws(() => limit.begin("192.0.2.1"), tooMany);
  fail("one more");
  t.notThrows(() => limit.begin("192.0.2.1"));
});
