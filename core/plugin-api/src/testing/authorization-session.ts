import assert from "node:assert/strict";
import { ACTIONS, type AccessRequest, type Authorization, type Caller } from "../authorization.js";
import { VexilError } from "../errors/vexil-error.js";
import type { AuthorizationPlugin } from "../plugin.js";
import { type ConformanceCase, Skip, within } from "./conformance-case.js";
import { type PluginRun, PluginSession, sessionCase } from "./plugin-session.js";

/** Time for one decision. */
const DECISION_MS = 6000;

/** State that all cases of one run share. */
export interface AuthorizationRun extends PluginRun<AuthorizationPlugin> {
  /** Callers that are asked about, beside nobody in particular. */
  readonly callers: readonly Caller[];
}

const NOBODY: Caller = { method: "none", identity: { subject: "nobody", metadata: {}, claims: {} } };

/** Changes that an action is asked for, beside the question about any of them. */
const CHANGES = ["create", "update", "delete"] as const;

/** Places from all of them down to one. */
export const PLACES: readonly Omit<AccessRequest, "action">[] = [
  {},
  { environment: "production" },
  { environment: "production", namespace: "default" },
  { environment: "feature", base: "production", namespace: "default" },
];

/** One case's view of a plugin that decides about rights. */
export class AuthorizationSession extends PluginSession<AuthorizationRun, Authorization> {
  static case(
    run: AuthorizationRun,
    title: string,
    body: (session: AuthorizationSession) => Promise<void>,
  ): ConformanceCase {
    return sessionCase(AuthorizationSession, run, title, body);
  }

  /** Validates the settings and makes an engine. */
  async open(): Promise<Authorization> {
    const { plugin, logger } = this.run;
    const { signal } = new AbortController();
    const context = { configDirectory: process.cwd(), logger, redact: () => {}, invalidate: () => {}, signal };
    return this.make((settings) => plugin.create(settings, context));
  }

  /** Everybody that is asked about. */
  get callers(): readonly Caller[] {
    return [NOBODY, ...this.run.callers];
  }

  /** A decision; a case that needs one does not apply while nobody can be asked. */
  async decide(engine: Authorization, caller: Caller, request: AccessRequest): Promise<boolean> {
    const answer: unknown = await this.attempt(engine, caller, request);
    if (VexilError.is(answer)) throw new Skip(`nothing can be decided: ${answer.message}`);
    assert.equal(typeof answer, "boolean", `decide answers true or false, not ${String(answer)}`);
    return answer as boolean;
  }

  /** A decision, or the error that stands for a no: that what decides cannot be asked. */
  async attempt(engine: Authorization, caller: Caller, request: AccessRequest): Promise<unknown> {
    try {
      return await within(DECISION_MS, "decide", async () =>
        engine.decide(caller, request, new AbortController().signal),
      );
    } catch (error) {
      this.run.thrown.push(error);
      const code = VexilError.is(error) ? error.code : undefined;
      assert.equal(code, "VEXIL_UNAVAILABLE_PROVIDER", `decide rejects with that alone, not: ${String(error)}`);
      return error;
    }
  }

  /** Asks everything about everybody. */
  async *questions(): AsyncGenerator<readonly [Caller, AccessRequest]> {
    for (const caller of this.callers) {
      for (const action of ACTIONS) {
        for (const place of PLACES) yield [caller, { action, ...place }];
        if (action !== "write" && action !== "branch") continue;
        for (const change of CHANGES) yield [caller, { action, change, ...PLACES[2] }];
      }
    }
  }
}
