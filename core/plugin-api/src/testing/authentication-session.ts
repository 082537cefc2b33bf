import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { AuthenticationMethod, LoginFlow, LoginMethod, PresentedCredential } from "../authentication.js";
import type { ErrorCode } from "../errors/codes.js";
import { VexilError } from "../errors/vexil-error.js";
import type { AuthenticationPlugin } from "../plugin.js";
import { CALL_MS, CLOSE_MS } from "./backend-session.js";
import { type ConformanceCase, conformanceCase, Skip, within } from "./conformance-case.js";
import type { RecordingLogger } from "./recording-logger.js";
import { secretValues } from "./secret-values.js";

/** Time for a step of a login, or an exchange. */
export const LOGIN_MS = 16_000;

/** State that all cases of one run share. */
export interface AuthenticationRun {
  readonly plugin: AuthenticationPlugin;
  /** Raw settings for one case, and what removes what they stand for. */
  readonly settings: (scope: { teardown(undo: () => unknown): void }) => unknown;
  /** A credential that is valid with these settings. */
  readonly credential: (() => PresentedCredential | Promise<PresentedCredential>) | undefined;
  readonly logger: RecordingLogger;
  /** Texts that must not be seen in any log or error; grows by the Secrets of validated settings. */
  readonly secrets: Set<string>;
  /** Errors that the plugin threw, to be searched for secrets. */
  readonly thrown: unknown[];
}

/** One case's view of a plugin that authenticates callers. */
export class AuthenticationSession {
  readonly run: AuthenticationRun;
  readonly raw: unknown;
  readonly #open = new Set<AuthenticationMethod>();

  private constructor(run: AuthenticationRun, raw: unknown) {
    this.run = run;
    this.raw = raw;
  }

  /** Makes a case with a session, which is cleaned up after it. */
  static case(
    run: AuthenticationRun,
    title: string,
    body: (session: AuthenticationSession) => Promise<void>,
  ): ConformanceCase {
    return conformanceCase(title, async () => {
      const undo: (() => unknown)[] = [];
      const session = new AuthenticationSession(run, await run.settings({ teardown: (one) => undo.push(one) }));
      try {
        await body(session);
      } catch (error) {
        run.thrown.push(error);
        throw error;
      } finally {
        for (const method of session.#open) await within(CLOSE_MS, "close", () => method.close());
        for (const one of undo.reverse()) await one();
      }
    });
  }

  /** Validates the settings and makes a method. */
  async open(signal: AbortSignal = new AbortController().signal): Promise<AuthenticationMethod> {
    const { plugin, logger, secrets } = this.run;
    const result = await plugin.schema["~standard"].validate(this.raw);
    const reasons = result.issues?.map((issue) => issue.message).join("; ");
    assert.equal(result.issues, undefined, `the settings are refused: ${reasons}`);
    const settings = (result as { readonly value: unknown }).value;
    for (const value of secretValues(settings)) secrets.add(value);
    const context = {
      method: plugin.name,
      configDirectory: process.cwd(),
      logger,
      redact: () => {},
      invalidate: () => {},
      signal,
    };
    const method = await within(CALL_MS, "create", () => plugin.create(settings, context));
    this.#open.add(method);
    return method;
  }

  /** The method's login, and the names to try it with. */
  async login(): Promise<{ readonly login: LoginMethod; readonly providers: readonly (string | undefined)[] }> {
    const { login } = await this.open();
    if (login === undefined) throw new Skip("it logs nobody in");
    return { login, providers: login.providers ?? [undefined] };
  }

  /** The error that a call rejects with, in time; undefined: it resolved. Errors are searched for secrets. */
  async outcome(ms: number, what: string, work: () => unknown): Promise<unknown> {
    const [result] = await within(ms, what, () => Promise.allSettled([(async () => work())()]));
    if (result.status === "fulfilled") return undefined;
    this.run.thrown.push(result.reason);
    return result.reason;
  }

  /** A call that must be refused by an error with one of these codes. */
  async refused(what: string, codes: readonly ErrorCode[], work: () => unknown): Promise<void> {
    const error = await this.outcome(LOGIN_MS, what, work);
    assert.ok(error !== undefined, `${what} was accepted`);
    assert.ok(VexilError.is(error), `${what} rejects with a VexilError, not: ${error}`);
    assert.ok(codes.includes(error.code), `${what} rejects with one of ${codes.join(", ")}, not ${error.code}`);
  }
}

/** A login that begins, with values of the host's. */
export function newFlow(provider: string | undefined): LoginFlow {
  const random = (): string => randomBytes(32).toString("base64url");
  return { provider, state: random(), nonce: random(), codeVerifier: random() };
}
