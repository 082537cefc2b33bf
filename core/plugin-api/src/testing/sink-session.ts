import assert from "node:assert/strict";
import { VexilError } from "../errors/vexil-error.js";
import type { SinkPlugin } from "../plugin.js";
import type { Sink } from "../sink.js";
import type { SinkEvent } from "../sink-event.js";
import type { SinkSnapshot } from "../sink-snapshot.js";
import { CALL_MS } from "./backend-session.js";
import { type ConformanceCase, Skip } from "./conformance-case.js";
import { type PluginRun, PluginSession, sessionCase } from "./plugin-session.js";

/** By environment and namespace: the text that clients read. */
export type Published = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** State that all cases of one run share. */
export interface SinkRun extends PluginRun<SinkPlugin> {
  readonly arrived: ((settings: unknown) => Promise<readonly unknown[]>) | undefined;
  readonly published: ((settings: unknown) => Promise<Published>) | undefined;
}

const CODES: readonly string[] = ["VEXIL_UNAVAILABLE_SINK", "VEXIL_REFUSED_EVENT", "VEXIL_INTERNAL_CANCELLED"];

/** One case's view of a sink's plugin. */
export class SinkSession extends PluginSession<SinkRun, Sink> {
  static case(run: SinkRun, title: string, body: (session: SinkSession) => Promise<void>): ConformanceCase {
    return sessionCase(SinkSession, run, title, body);
  }

  /** Validates the settings and makes a sink. */
  async open(): Promise<Sink> {
    const { plugin, logger } = this.run;
    const { signal } = new AbortController();
    const context = { sink: { name: "kit" }, configDirectory: process.cwd(), logger, redact: () => {}, signal };
    return this.make(async (settings) => plugin.create(settings, context));
  }

  /** Has it take a state; a case that needs it does not apply while the target is away. */
  async publish(sink: Sink, snapshot: SinkSnapshot): Promise<void> {
    this.#orSkip(await this.call(sink, "publish", (options) => sink.publish?.(snapshot, options)));
  }

  /** Tells it which environments there are. */
  async retain(sink: Sink, environments: readonly string[]): Promise<void> {
    this.#orSkip(await this.call(sink, "retain", (options) => sink.retain?.(environments, options)));
  }

  /** Resolves to the line that an examination finds; undefined where nothing can be delivered. */
  async examine(sink: Sink): Promise<string | undefined> {
    let found: string | undefined;
    const error = await this.call(sink, "examine", async (options) => {
      found = await sink.examine?.(options);
    });
    if (error !== undefined && !(VexilError.is(error) && error.code === "VEXIL_UNAVAILABLE_SINK")) throw error;
    return found;
  }

  /** Delivers; a case that needs it does not apply while the target is away. */
  async deliver(sink: Sink, events: readonly SinkEvent[]): Promise<void> {
    this.#orSkip(await this.attempt(sink, events));
  }

  /** The error of a delivery, if there is one. */
  async attempt(
    sink: Sink,
    events: readonly SinkEvent[],
    signal: AbortSignal = new AbortController().signal,
  ): Promise<unknown> {
    if (this.run.plugin.capabilities.batch === 0) throw new Skip("it takes no events");
    return this.call(sink, "deliver", (options) => sink.deliver(events, options), signal);
  }

  /** The error of one of its calls, if there is one. */
  async call(
    sink: Sink,
    name: string,
    work: (options: { readonly signal: AbortSignal }) => Promise<void> | undefined,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<unknown> {
    const error = await this.outcome((sink.deliverMs ?? CALL_MS) + 1_000, name, () => work({ signal }));
    if (error === undefined) return undefined;
    const code = VexilError.is(error) ? error.code : undefined;
    const isOwn = signal.aborted || (code !== undefined && CODES.includes(code));
    assert.ok(isOwn, `${name} rejects with VEXIL_UNAVAILABLE_SINK or VEXIL_REFUSED_EVENT, not: ${String(error)}`);
    return error;
  }

  /** Text of each namespace that can be read where the settings lead, by environment. */
  async published(): Promise<Published> {
    const { published } = this.run;
    if (published === undefined) throw new Skip("the kit is not told how to look at what was published");
    return published(this.raw);
  }

  #orSkip(error: unknown): void {
    if (VexilError.is(error) && error.code === "VEXIL_UNAVAILABLE_SINK") {
      throw new Skip(`nothing can be delivered: ${error.message}`);
    }
    if (error !== undefined) throw error;
  }

  /** Events that have arrived; a case that looks there does not apply where nobody can. */
  async arrived(): Promise<readonly unknown[]> {
    const { arrived } = this.run;
    if (arrived === undefined) throw new Skip("the kit is not told how to look at what arrived");
    return arrived(this.raw);
  }
}
