import type { Authenticator, HeaderOptions, HttpAuthenticator, StreamAuthenticator } from "../authenticator.js";
import type { AuthPlugin } from "../plugin.js";
import { type ConformanceCase, Skip } from "./conformance-case.js";
import { type PluginRun, PluginSession, sessionCase } from "./plugin-session.js";

/** SHA-256 of nothing (FIPS 180-4). */
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Options for the first request of a fetch. */
export function greeting(refresh = false): HeaderOptions {
  return {
    refresh,
    request: { method: "GET", path: "/flags.git/info/refs?service=git-upload-pack", bodySha256: EMPTY },
  };
}

/** State that all cases of one run share. */
export interface AuthRun extends PluginRun<AuthPlugin> {
  readonly origin: string;
  /** A repository that a stream authenticator reaches. */
  readonly remote: (() => string) | undefined;
}

/** One case's view of an auth plugin. */
export class AuthSession extends PluginSession<AuthRun, Authenticator> {
  static case(run: AuthRun, title: string, body: (session: AuthSession) => Promise<void>): ConformanceCase {
    return sessionCase(AuthSession, run, title, body);
  }

  /** Validates the settings and makes an authenticator. */
  async open(signal: AbortSignal = new AbortController().signal): Promise<Authenticator> {
    const { plugin, logger } = this.run;
    const redact = (): void => {};
    const context = { credential: { id: "conformance" }, configDirectory: process.cwd(), logger, redact, signal };
    return this.make((settings) => plugin.create(settings, context));
  }

  async http(): Promise<HttpAuthenticator> {
    const authenticator = await this.open();
    if (authenticator.type !== "http") throw new Skip("it opens streams");
    return authenticator;
  }

  async stream(): Promise<{ readonly authenticator: StreamAuthenticator; readonly remote: string }> {
    const authenticator = await this.open();
    if (authenticator.type !== "stream") throw new Skip("it brings headers");
    if (this.run.remote === undefined) throw new Skip("no remote was given to try it with");
    return { authenticator, remote: this.run.remote() };
  }
}
