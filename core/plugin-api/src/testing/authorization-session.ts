import assert from "node:assert/strict";
import { ACTIONS, type AccessRequest, type Authorization, type Caller } from "../authorization.js";
import { VexilError } from "../errors/vexil-error.js";
import type { AuthorizationPlugin } from "../plugin.js";
import { CALL_MS, CLOSE_MS } from "./backend-session.js";
import { type ConformanceCase, conformanceCase, Skip, within } from "./conformance-case.js";
import type { RecordingLogger } from "./recording-logger.js";
import { secretValues } from "./secret-values.js";

/** Time for one decision. */
const DECISION_MS = 6000;

/** State that all cases of one run share. */
export interface AuthorizationRun {
  readonly plugin: AuthorizationPlugin;
  /** Raw settings for one case, and what removes what they stand for. */
  readonly settings: (scope: { teardown(undo: () => unknown): void }) => unknown;
  /** Callers that are asked about, beside nobody in particular. */
  readonly callers: readonly Caller[];
  readonly logger: RecordingLogger;
  /** Texts that must not be seen in any log or error; grows by the Secrets of validated settings. */
  readonly secrets: Set<string>;
  /** Errors that the plugin threw, to be searched for secrets. */
  readonly thrown: unknown[];
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
export class AuthorizationSession {
  readonly run: AuthorizationRun;
  readonly raw: unknown;
  readonly #open = new Set<Authorization>();

  private constructor(run: AuthorizationRun, raw: unknown) {
    this.run = run;
    this.raw = raw;
  }

  /** Makes a case with a session, which is cleaned up after it. */
  static case(
    run: AuthorizationRun,
    title: string,
    body: (session: AuthorizationSession) => Promise<void>,
  ): ConformanceCase {
    return conformanceCase(title, async () => {
      const undo: (() => unknown)[] = [];
      const session = new AuthorizationSession(run, await run.settings({ teardown: (one) => undo.push(one) }));
      try {
        await body(session);
      } catch (error) {
        run.thrown.push(error);
        throw error;
      } finally {
        for (const engine of session.#open) await within(CLOSE_MS, "close", () => engine.close());
        for (const one of undo.reverse()) await one();
      }
    });
  }

  /** Validates the settings and makes an engine. */
  async open(): Promise<Authorization> {
    const { plugin, logger, secrets } = this.run;
    const result = await plugin.schema["~standard"].validate(this.raw);
    const reasons = result.issues?.map((issue) => issue.message).join("; ");
    assert.equal(result.issues, undefined, `the settings are refused: ${reasons}`);
    const settings = (result as { readonly value: unknown }).value;
    for (const value of secretValues(settings)) secrets.add(value);
    const { signal } = new AbortController();
    const context = { configDirectory: process.cwd(), logger, redact: () => {}, invalidate: () => {}, signal };
    const engine = await within(CALL_MS, "create", () => plugin.create(settings, context));
    this.#open.add(engine);
    return engine;
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
