import assert from "node:assert/strict";
import { ACTIONS, type AccessRequest } from "../../authorization.js";
import { API_VERSION } from "../../plugin.js";
import { type AuthorizationRun, AuthorizationSession } from "../authorization-session.js";
import { CLOSE_MS } from "../backend-session.js";
import { type ConformanceCase, conformanceCase, within } from "../conformance-case.js";
import { nameCase, schemaCases } from "./schema-cases.js";
import { secretCase } from "./secret-case.js";

/** Names that callers invent. */
const HOSTILE = ["", "*", "__proto__", "constructor", "../..", "a\u0000b", "ä\u2028", "x".repeat(10_000)];

/** Cases about the default export and its schema. */
export function authorizationDeclarationCases(run: AuthorizationRun): readonly ConformanceCase[] {
  const { plugin } = run;
  return [
    conformanceCase("declares an engine of rights of this API version", async () => {
      assert.equal(plugin.kind, "authorization");
      assert.equal(plugin.apiVersion, API_VERSION);
    }),
    nameCase(plugin),
    ...schemaCases(plugin, (title, body) => AuthorizationSession.case(run, title, ({ raw }) => body(raw))),
  ];
}

/** Cases about decisions. */
export function authorizationDecisionCases(run: AuthorizationRun): readonly ConformanceCase[] {
  return [
    AuthorizationSession.case(run, "answers every question about everybody with true or false", async (session) => {
      const engine = await session.open();
      for await (const [caller, request] of session.questions()) await session.decide(engine, caller, request);
    }),
    AuthorizationSession.case(run, "answers the same question alike, also when asked at once", async (session) => {
      const engine = await session.open();
      for await (const [caller, request] of session.questions()) {
        const copy = structuredClone(caller);
        const answers = await Promise.all(
          [caller, copy, caller].map((asked) => session.decide(engine, asked, { ...request })),
        );
        assert.equal(new Set(answers).size, 1, `${JSON.stringify(request)} was answered ${answers.join(", ")}`);
      }
    }),
    AuthorizationSession.case(run, "allows in each place what it allows in all of them", async (session) => {
      const engine = await session.open();
      for (const caller of session.callers) {
        for (const action of ACTIONS) {
          const all = await session.decide(engine, caller, { action });
          const environment = await session.decide(engine, caller, { action, environment: "production" });
          const one = { action, environment: "production", namespace: "default" };
          const namespace = await session.decide(engine, caller, one);
          assert.ok(!all || environment, `${action} is allowed in all environments and not in one of them`);
          assert.ok(!environment || namespace, `${action} is allowed in all namespaces and not in one of them`);
        }
      }
    }),
    AuthorizationSession.case(run, "leaves callers and questions as they are", async (session) => {
      const engine = await session.open();
      for await (const [caller, request] of session.questions()) {
        const before = JSON.stringify([caller, request]);
        await session.decide(engine, caller, request);
        assert.equal(JSON.stringify([caller, request]), before);
      }
    }),
    AuthorizationSession.case(run, "decides about names that callers invent", async (session) => {
      const engine = await session.open();
      for (const name of HOSTILE) {
        const request: AccessRequest = { action: "read", environment: name, base: name, namespace: name };
        for (const caller of session.callers) await session.decide(engine, caller, request);
        const identity = { subject: name, metadata: {}, claims: { [name]: name, groups: [name, [name]] } };
        await session.decide(engine, { method: name, identity }, request);
      }
    }),
  ];
}

/** Making, closing, and what is seen of secrets. The last case looks at what all before it left behind. */
export function authorizationLifeCases(run: AuthorizationRun): readonly ConformanceCase[] {
  return [
    AuthorizationSession.case(run, "says for how long decisions hold, if it does", async (session) => {
      const { keepMs } = await session.open();
      assert.ok(keepMs === undefined || (Number.isFinite(keepMs) && keepMs >= 0), `keepMs is ${keepMs}`);
    }),
    AuthorizationSession.case(run, "closes twice, and at the same time, also unused", async (session) => {
      const engine = await session.open();
      await within(CLOSE_MS, "close", () => Promise.all([engine.close(), engine.close()]));
      await within(CLOSE_MS, "close", () => engine.close());
    }),
    AuthorizationSession.case(run, "hangs in no call after it was closed", async (session) => {
      const engine = await session.open();
      await engine.close();
      for (const caller of session.callers) await session.attempt(engine, caller, { action: "read" });
    }),
    secretCase(run),
  ];
}
