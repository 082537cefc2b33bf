import assert from "node:assert/strict";
import { type AuthenticationRun, AuthenticationSession, LOGIN_MS, newFlow } from "../authentication-session.js";
import { CLOSE_MS } from "../backend-session.js";
import { type ConformanceCase, within } from "../conformance-case.js";
import { secretCase } from "./secret-case.js";

const never = new AbortController().signal;

/** Making, closing, and what is seen of secrets. The last case looks at what all before it left behind. */
export function authenticationLifeCases(run: AuthenticationRun): readonly ConformanceCase[] {
  return [
    AuthenticationSession.case(run, "verifies, logs in or exchanges", async (session) => {
      const { verify, login, exchange, schemes, close } = await session.open();
      assert.ok((verify ?? login ?? exchange) !== undefined, "it does nothing");
      assert.equal(typeof close, "function");
      if (verify === undefined) return;
      assert.ok(schemes !== undefined && schemes.length > 0, "schemes names what verify is asked about");
      for (const scheme of schemes)
        assert.ok(["Bearer", "JWT", "Certificate"].includes(scheme), `unknown scheme ${scheme}`);
    }),
    AuthenticationSession.case(run, "gives up creating, or finishes, when it is aborted", async (session) => {
      const gone = AbortSignal.abort(new Error("the start was aborted"));
      await session.outcome(CLOSE_MS, "create", () => session.open(gone));
      const controller = new AbortController();
      const opening = session.outcome(CLOSE_MS, "create", () => session.open(controller.signal));
      controller.abort(new Error("the start was aborted"));
      await opening;
      await session.open();
    }),
    AuthenticationSession.case(run, "closes twice, and at the same time, also unused", async (session) => {
      const method = await session.open();
      await within(CLOSE_MS, "close", () => Promise.all([method.close(), method.close()]));
      await within(CLOSE_MS, "close", () => method.close());
    }),
    AuthenticationSession.case(run, "hangs in no call after it was closed", async (session) => {
      const method = await session.open();
      await method.close();
      const flow = newFlow(method.login?.providers?.[0]);
      const scheme = method.schemes?.[0] ?? "Bearer";
      await session.outcome(LOGIN_MS, "verify", () => method.verify?.({ scheme, value: "made-up" }, never));
      await session.outcome(LOGIN_MS, "exchange", () => method.exchange?.("made-up", never));
      await session.outcome(LOGIN_MS, "authorize", () => method.login?.authorize(flow, never));
    }),
    secretCase(run),
  ];
}
