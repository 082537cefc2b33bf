import { ERROR_POLICY, policyOf } from "@vexil/engine/model/error-policy";
import { CODES, type ErrorCode, VexilError } from "@vexil/plugin-api/errors";
import test from "ava";

const codes = Object.keys(CODES) as ErrorCode[];

test("every code has a policy of its kind", (t) => {
  t.deepEqual(Object.keys(ERROR_POLICY), codes);
  for (const code of codes) {
    const policy = policyOf(new VexilError(code, "no"));
    t.is(policy, ERROR_POLICY[code]);
    t.is(policy.kind, CODES[code].kind, code);
    t.true(policy.status >= 400 && policy.status < 600, code);
  }
});

test("a lenient storage forgives connections and nothing else", (t) => {
  for (const code of codes) {
    const { health, start, pollLevel, kind } = ERROR_POLICY[code];
    const forgiven = kind === "connection";
    t.is(start.lenient === "goes-on", forgiven, code);
    t.is(pollLevel.lenient === "warn", forgiven, code);
    t.is(health.lenient === "stale-once-served", forgiven, code);
    t.not(start.strict, "goes-on", code);
    t.is(pollLevel.strict, "error", code);
  }
});

test("what users settle in their clone stops a start only where there is nothing to serve", (t) => {
  const gentle = codes.filter((code) => ERROR_POLICY[code].start.strict === "stops-without-state");
  t.deepEqual(gentle.sort(), [
    "VEXIL_CONFLICT_HEAD_MOVED",
    "VEXIL_CONFLICT_UNCOMMITTED",
    "VEXIL_REFUSED_PUSH",
    "VEXIL_REMOTE_DIVERGED",
    "VEXIL_UNAVAILABLE_BLOCKED",
    "VEXIL_UNAVAILABLE_LOCKED",
  ]);
  t.is(ERROR_POLICY.VEXIL_UNAVAILABLE_SPACE.start.lenient, "stops-without-state");
  t.is(ERROR_POLICY.VEXIL_UNAVAILABLE_SPACE.start.strict, "stops");
});

test("a backend is opened again where waiting may help", (t) => {
  for (const code of codes) {
    const { kind, retryable } = CODES[code];
    const passes = retryable && (kind === "connection" || kind === "unavailable");
    t.is(ERROR_POLICY[code].open === "again", passes, code);
  }
});

test("a code of another version counts as its kind does", (t) => {
  const policy = policyOf({ code: "VEXIL_CONNECTION_NEW" as ErrorCode, kind: "connection" });
  t.is(policy.status, 503);
  t.is(policy.start.lenient, "goes-on");
});
