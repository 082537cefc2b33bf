import assert from "node:assert/strict";
import { type AuthRun, AuthSession, greeting } from "../auth-session.js";
import { CLOSE_MS } from "../backend-session.js";
import { type ConformanceCase, within } from "../conformance-case.js";
import { secretCase } from "./secret-case.js";

/** Making, closing, and what is seen of secrets. The last case looks at what all before it left behind. */
export function authLifeCases(run: AuthRun): readonly ConformanceCase[] {
  const never = new AbortController().signal;
  return [
    AuthSession.case(run, "makes an authenticator of one of the two types", async (session) => {
      const authenticator = await session.open();
      assert.ok(["http", "stream"].includes(authenticator.type));
      const member = authenticator.type === "http" ? authenticator.headers : authenticator.open;
      assert.equal(typeof member, "function");
      assert.equal(typeof authenticator.close, "function");
    }),
    AuthSession.case(run, "gives up creating, or finishes, when it is aborted", async (session) => {
      await session.outcome(CLOSE_MS, "create", () =>
        session.open(AbortSignal.abort(new Error("the start was aborted"))),
      );
      const controller = new AbortController();
      const opening = session.outcome(CLOSE_MS, "create", () => session.open(controller.signal));
      controller.abort(new Error("the start was aborted"));
      await opening;
      await session.open();
    }),
    AuthSession.case(run, "closes twice, and at the same time, also unused", async (session) => {
      const authenticator = await session.open();
      await within(CLOSE_MS, "close", () => Promise.all([authenticator.close(), authenticator.close()]));
      await within(CLOSE_MS, "close", () => authenticator.close());
    }),
    AuthSession.case(run, "hangs in no call after it was closed", async (session) => {
      const authenticator = await session.open();
      await authenticator.close();
      await session.outcome(CLOSE_MS, "a call after close", async () => {
        if (authenticator.type === "http") await authenticator.headers(run.origin, greeting(), never);
        else (await authenticator.open(run.remote?.() ?? "git@127.0.0.1:x", "git-upload-pack", {}, never)).close();
      });
    }),
    secretCase(run),
  ];
}
