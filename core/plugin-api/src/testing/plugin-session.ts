import assert from "node:assert/strict";
import type { Schema } from "../schema.js";
import { CALL_MS, CLOSE_MS } from "./backend-session.js";
import { type ConformanceCase, conformanceCase, within } from "./conformance-case.js";
import type { RecordingLogger } from "./recording-logger.js";
import { secretValues } from "./secret-values.js";

/** State that all cases of one run share. */
export interface PluginRun<Plugin> {
  readonly plugin: Plugin;
  /** Raw settings for one case, and what removes what they stand for. */
  readonly settings: (scope: { teardown(undo: () => unknown): void }) => unknown;
  readonly logger: RecordingLogger;
  /** Texts that must not be seen in any log or error; grows by the Secrets of validated settings. */
  readonly secrets: Set<string>;
  /** Errors that the plugin threw, to be searched for secrets. */
  readonly thrown: unknown[];
}

// biome-ignore lint/suspicious/noExplicitAny: settings of any type; what the schema gives is what is made of them
type AnyRun = PluginRun<{ readonly schema: Schema<any> }>;

/** One case's view of a plugin: its settings, and what was made of it, which is closed after the case. */
export abstract class PluginSession<Run extends AnyRun, Made extends { close(): Promise<void> }> {
  readonly run: Run;
  readonly raw: unknown;
  readonly #open = new Set<Made>();

  constructor(run: Run, raw: unknown) {
    this.run = run;
    this.raw = raw;
  }

  /** Validates the settings and makes something of the plugin with them. */
  protected async make(create: (settings: unknown) => Promise<Made>): Promise<Made> {
    const { plugin, secrets } = this.run;
    const result = await plugin.schema["~standard"].validate(this.raw);
    const reasons = result.issues?.map((issue) => issue.message).join("; ");
    assert.equal(result.issues, undefined, `the settings are refused: ${reasons}`);
    const settings: unknown = (result as { readonly value: unknown }).value;
    for (const value of secretValues(settings)) secrets.add(value);
    const made = await within(CALL_MS, "create", () => create(settings));
    this.#open.add(made);
    return made;
  }

  /** The error that a call rejects with, in time; undefined: it resolved. Errors are searched for secrets. */
  async outcome(ms: number, what: string, work: () => unknown): Promise<unknown> {
    const [result] = await within(ms, what, () => Promise.allSettled([(async () => work())()]));
    if (result.status === "fulfilled") return undefined;
    this.run.thrown.push(result.reason);
    return result.reason;
  }

  async end(): Promise<void> {
    for (const made of this.#open) await within(CLOSE_MS, "close", () => made.close());
  }
}

/** Makes a case with a session, which is cleaned up after it. */
export function sessionCase<Run extends AnyRun, Session extends { end(): Promise<void> }>(
  Session: new (run: Run, raw: unknown) => Session,
  run: Run,
  title: string,
  body: (session: Session) => Promise<void>,
): ConformanceCase {
  return conformanceCase(title, async () => {
    const undo: (() => unknown)[] = [];
    const session = new Session(run, await run.settings({ teardown: (one) => undo.push(one) }));
    try {
      await body(session);
    } catch (error) {
      run.thrown.push(error);
      throw error;
    } finally {
      await session.end();
      for (const one of undo.reverse()) await one();
    }
  });
}
