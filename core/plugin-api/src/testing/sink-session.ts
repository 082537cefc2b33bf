import assert from "node:assert/strict";
import { VexilError } from "../errors/vexil-error.js";
import type { SinkPlugin } from "../plugin.js";
import type { Sink } from "../sink.js";
import type { SinkEvent } from "../sink-event.js";
import { CALL_MS, CLOSE_MS } from "./backend-session.js";
import { type ConformanceCase, conformanceCase, Skip, within } from "./conformance-case.js";
import type { RecordingLogger } from "./recording-logger.js";
import { secretValues } from "./secret-values.js";

/** State that all cases of one run share. */
export interface SinkRun {
  readonly plugin: SinkPlugin;
  /** Raw settings for one case, and what removes what they stand for. */
  readonly settings: (scope: { teardown(undo: () => unknown): void }) => unknown;
  readonly arrived: ((settings: unknown) => Promise<readonly unknown[]>) | undefined;
  readonly logger: RecordingLogger;
  /** Texts that must not be seen in any log or error; grows by the Secrets of validated settings. */
  readonly secrets: Set<string>;
  /** Errors that the plugin threw, to be searched for secrets. */
  readonly thrown: unknown[];
}

const CODES: readonly string[] = ["VEXIL_UNAVAILABLE_SINK", "VEXIL_REFUSED_EVENT", "VEXIL_INTERNAL_CANCELLED"];

/** One case's view of a sink's plugin. */
export class SinkSession {
  readonly run: SinkRun;
  readonly raw: unknown;
  readonly #open = new Set<Sink>();

  private constructor(run: SinkRun, raw: unknown) {
    this.run = run;
    this.raw = raw;
  }

  /** Makes a case with a session, which is cleaned up after it. */
  static case(run: SinkRun, title: string, body: (session: SinkSession) => Promise<void>): ConformanceCase {
    return conformanceCase(title, async () => {
      const undo: (() => unknown)[] = [];
      const session = new SinkSession(run, await run.settings({ teardown: (one) => undo.push(one) }));
      try {
        await body(session);
      } catch (error) {
        run.thrown.push(error);
        throw error;
      } finally {
        for (const sink of session.#open) await within(CLOSE_MS, "close", () => sink.close());
        for (const one of undo.reverse()) await one();
      }
    });
  }

  /** Validates the settings and makes a sink. */
  async open(): Promise<Sink> {
    const { plugin, logger, secrets } = this.run;
    const result = await plugin.schema["~standard"].validate(this.raw);
    const reasons = result.issues?.map((issue) => issue.message).join("; ");
    assert.equal(result.issues, undefined, `the settings are refused: ${reasons}`);
    const settings = (result as { readonly value: unknown }).value;
    for (const value of secretValues(settings)) secrets.add(value);
    const { signal } = new AbortController();
    const context = { sink: { name: "kit" }, configDirectory: process.cwd(), logger, redact: () => {}, signal };
    const sink = await within(CALL_MS, "create", () => plugin.create(settings, context));
    this.#open.add(sink);
    return sink;
  }

  /** Delivers; a case that needs it does not apply while the target is away. */
  async deliver(sink: Sink, events: readonly SinkEvent[]): Promise<void> {
    const error = await this.attempt(sink, events);
    if (VexilError.is(error) && error.code === "VEXIL_UNAVAILABLE_SINK") {
      throw new Skip(`nothing can be delivered: ${error.message}`);
    }
    if (error !== undefined) throw error;
  }

  /** The error of a delivery, if there is one. */
  async attempt(
    sink: Sink,
    events: readonly SinkEvent[],
    signal: AbortSignal = new AbortController().signal,
  ): Promise<unknown> {
    try {
      await within((sink.deliverMs ?? CALL_MS) + 1_000, "deliver", () => sink.deliver(events, { signal }));
      return undefined;
    } catch (error) {
      this.run.thrown.push(error);
      const code = VexilError.is(error) ? error.code : undefined;
      const isOwn = signal.aborted || (code !== undefined && CODES.includes(code));
      assert.ok(isOwn, `deliver rejects with VEXIL_UNAVAILABLE_SINK or VEXIL_REFUSED_EVENT, not: ${String(error)}`);
      return error;
    }
  }

  /** Events that have arrived; a case that looks there does not apply where nobody can. */
  async arrived(): Promise<readonly unknown[]> {
    const { arrived } = this.run;
    if (arrived === undefined) throw new Skip("the kit is not told how to look at what arrived");
    return arrived(this.raw);
  }
}
