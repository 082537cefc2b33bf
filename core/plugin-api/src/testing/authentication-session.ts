import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { AuthenticationMethod, LoginFlow, LoginMethod, PresentedCredential } from "../authentication.js";
import type { ErrorCode } from "../errors/codes.js";
import { VexilError } from "../errors/vexil-error.js";
import type { AuthenticationPlugin } from "../plugin.js";
import { type ConformanceCase, Skip } from "./conformance-case.js";
import { type PluginRun, PluginSession, sessionCase } from "./plugin-session.js";

/** Time for a step of a login, or an exchange. */
export const LOGIN_MS = 16_000;

/** State that all cases of one run share. */
export interface AuthenticationRun extends PluginRun<AuthenticationPlugin> {
  /** A credential that is valid with these settings. */
  readonly credential: (() => PresentedCredential | Promise<PresentedCredential>) | undefined;
}

/** One case's view of a plugin that authenticates callers. */
export class AuthenticationSession extends PluginSession<AuthenticationRun, AuthenticationMethod> {
  static case(
    run: AuthenticationRun,
    title: string,
    body: (session: AuthenticationSession) => Promise<void>,
  ): ConformanceCase {
    return sessionCase(AuthenticationSession, run, title, body);
  }

  /** Validates the settings and makes a method. */
  async open(signal: AbortSignal = new AbortController().signal): Promise<AuthenticationMethod> {
    const { plugin, logger } = this.run;
    const context = {
      method: plugin.name,
      configDirectory: process.cwd(),
      logger,
      redact: () => {},
      invalidate: () => {},
      signal,
    };
    return this.make((settings) => plugin.create(settings, context));
  }

  /** The method's login, and the names to try it with. */
  async login(): Promise<{ readonly login: LoginMethod; readonly providers: readonly (string | undefined)[] }> {
    const { login } = await this.open();
    if (login === undefined) throw new Skip("it logs nobody in");
    return { login, providers: login.providers ?? [undefined] };
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
