import assert from "node:assert/strict";
import type { Authenticator, HeaderOptions, HttpAuthenticator, StreamAuthenticator } from "../authenticator.js";
import type { AuthPlugin } from "../plugin.js";
import { CALL_MS, CLOSE_MS } from "./backend-session.js";
import { type ConformanceCase, conformanceCase, Skip, within } from "./conformance-case.js";
import type { RecordingLogger } from "./recording-logger.js";
import { secretValues } from "./secret-values.js";

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
export interface AuthRun {
  readonly plugin: AuthPlugin;
  /** Raw settings for one case, and what removes what they stand for. */
  readonly settings: (scope: { teardown(undo: () => unknown): void }) => unknown;
  readonly origin: string;
  /** A repository that a stream authenticator reaches. */
  readonly remote: (() => string) | undefined;
  readonly logger: RecordingLogger;
  /** Texts that must not be seen in any log or error; grows by the Secrets of validated settings. */
  readonly secrets: Set<string>;
  /** Errors that the plugin threw, to be searched for secrets. */
  readonly thrown: unknown[];
}

/** One case's view of an auth plugin. */
export class AuthSession {
  readonly run: AuthRun;
  readonly raw: unknown;
  readonly #open = new Set<Authenticator>();

  private constructor(run: AuthRun, raw: unknown) {
    this.run = run;
    this.raw = raw;
  }

  /** Makes a case with a session, which is cleaned up after it. */
  static case(run: AuthRun, title: string, body: (session: AuthSession) => Promise<void>): ConformanceCase {
    return conformanceCase(title, async () => {
      const undo: (() => unknown)[] = [];
      const session = new AuthSession(run, await run.settings({ teardown: (one) => undo.push(one) }));
      try {
        await body(session);
      } catch (error) {
        run.thrown.push(error);
        throw error;
      } finally {
        for (const authenticator of session.#open) await within(CLOSE_MS, "close", () => authenticator.close());
        for (const one of undo.reverse()) await one();
      }
    });
  }

  /** Validates the settings and makes an authenticator. */
  async open(signal: AbortSignal = new AbortController().signal): Promise<Authenticator> {
    const { plugin, logger, secrets } = this.run;
    const result = await plugin.schema["~standard"].validate(this.raw);
    const reasons = result.issues?.map((issue) => issue.message).join("; ");
    assert.equal(result.issues, undefined, `the settings are refused: ${reasons}`);
    const settings = (result as { readonly value: unknown }).value;
    for (const value of secretValues(settings)) secrets.add(value);
    const redact = (): void => {};
    const context = { credential: { id: "conformance" }, configDirectory: process.cwd(), logger, redact, signal };
    const authenticator = await within(CALL_MS, "create", () => plugin.create(settings, context));
    this.#open.add(authenticator);
    return authenticator;
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

  /** Returns what a call rejects with; undefined: it resolved. It must settle in time, and is searched for secrets. */
  async outcome(what: string, work: () => Promise<unknown>): Promise<unknown> {
    const [result] = await within(CLOSE_MS, what, () => Promise.allSettled([work()]));
    if (result.status === "fulfilled") return undefined;
    this.run.thrown.push(result.reason);
    return result.reason;
  }
}
