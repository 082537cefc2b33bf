import type { Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../model/clock.js";
import type { PluginDeadlines } from "./deadlines.js";
import { guardedCall } from "./guarded-call.js";
import type { PluginFault, PluginScope } from "./plugin-context.js";
import { type PluginIdentity, pluginError } from "./plugin-error.js";
import { SecretTexts } from "./secret-texts.js";

/** The call that every rebuild begins with. */
const LIST = "refs.list";
const WATCH = "watch";

/**
 * Lines about one plugin instance that misbehaves between calls, and rebuilds for it: one at once, then one in this
 * time.
 */
const REPORT_INTERVAL_MS = 10_000;

export interface GuardOptions {
  readonly identity: PluginIdentity;
  readonly directory: string | undefined;
  readonly settings: unknown;
  readonly logger: Logger;
  readonly deadlines: PluginDeadlines;
  readonly clock: Clock;
  /** Called once it is closed: nobody asks for it any more. */
  readonly closed?: () => void;
}

/** State that the guards of one plugin instance share: its scope, its deadlines, its close, and what escaped it. */
export class GuardScope {
  readonly #options: GuardOptions;
  /** For code that runs on the plugin's behalf, its creation included. */
  readonly scope: PluginScope;
  /** Texts that are blanked in what the plugin logs and throws. */
  readonly secrets: SecretTexts;
  readonly #hints = new Set<() => void>();
  #pending: VexilError | undefined;
  #closed: Promise<void> | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #hintedAt = Number.NEGATIVE_INFINITY;
  #unreported = 0;

  constructor(options: GuardOptions) {
    this.#options = options;
    const { identity, directory } = options;
    this.secrets = new SecretTexts(options.settings);
    this.scope = { identity, directory, step: "use", escaped: (fault) => this.escaped(fault) };
  }

  get settings(): unknown {
    return this.#options.settings;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get deadlines(): PluginDeadlines {
    return this.#options.deadlines;
  }

  /**
   * One call in use.
   * @param late takes what comes after nobody waits for it any more
   */
  call<T>(
    name: string,
    run: (signal: AbortSignal) => T | PromiseLike<T>,
    signal?: AbortSignal,
    deadlineMs = this.#options.deadlines.useMs,
    late?: (value: T) => void,
  ): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.error(`${name} was called after close`));
    return guardedCall<T>({
      scope: this.scope,
      call: name,
      deadlineMs,
      clock: this.#options.clock,
      signal,
      secrets: this.secrets,
      run,
      onEscape: (error) => this.#failedIn(name, error),
      ...(late !== undefined && { late }),
    }).catch((error: unknown) => {
      // A plugin's own VexilError is an answer; what it throws else, or a call that hangs, is misbehaviour.
      if (VexilError.is(error) && error.code === "VEXIL_PLUGIN_USE") this.#failedIn(name, error);
      throw error;
    });
  }

  /** An answer of a call that cannot be right. */
  wrong(call: string, reason: string): VexilError {
    const error = this.error(`${call} ${reason}`);
    this.#failedIn(call, error);
    return error;
  }

  /** A list that fails is a rebuild that fails; after any other call the next rebuild has to, but for hints. */
  #failedIn(call: string, error: VexilError): void {
    if (call !== LIST && call !== WATCH) this.failNext(error);
  }

  /** A call that answers nothing and must not throw into the host. */
  callNow(name: string, run: () => void): void {
    this.call(name, run).catch((error: unknown) => {
      if (VexilError.is(error)) this.report(error);
    });
  }

  error(reason: string): VexilError {
    return pluginError("use", this.#options.identity, this.secrets.blank(reason));
  }

  /**
   * Fails the next `refs.list`, and with it the next rebuild of the storage, which is asked for unless one just was.
   */
  failNext(error: VexilError): void {
    this.#pending ??= error;
    const now = this.#options.clock.elapsed();
    if (now - this.#hintedAt < REPORT_INTERVAL_MS) return;
    this.#hintedAt = now;
    for (const hint of this.#hints) hint();
  }

  throwPending(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) throw pending;
  }

  /** `hint` is called when something escaped the plugin, so that the host looks at the storage at once. */
  onEscape(hint: () => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#hints.add(hint);
    signal.addEventListener("abort", () => this.#hints.delete(hint), { once: true });
  }

  /** Logs one line, unless there was one a moment ago. */
  report(error: VexilError): void {
    const now = this.#options.clock.elapsed();
    if (now - this.#reportedAt < REPORT_INTERVAL_MS) {
      this.#unreported += 1;
      return;
    }
    const repeated = this.#unreported === 0 ? {} : { unreported: this.#unreported };
    this.#reportedAt = now;
    this.#unreported = 0;
    const fields = { code: error.code, error: error.message, retryable: error.retryable, ...repeated };
    this.#options.logger.log("error", "plugin.failed", "a plugin failed", fields);
  }

  /** Closes once; never rejects: what fails is logged. */
  close(run: () => Promise<void>): Promise<void> {
    this.#closed ??= guardedCall<void>({
      scope: { ...this.scope, step: "close" },
      call: "close",
      deadlineMs: this.#options.deadlines.closeMs,
      clock: this.#options.clock,
      secrets: this.secrets,
      run,
    })
      .catch((error: unknown) => {
        this.#reportedAt = Number.NEGATIVE_INFINITY;
        if (VexilError.is(error)) this.report(error);
      })
      .finally(() => this.#options.closed?.());
    return this.#closed;
  }

  /**
   * Takes an error that escaped the plugin: it fails the storage until the rebuild after; where no rebuild will tell it,
   * it is logged here.
   */
  escaped(fault: PluginFault): void {
    const { identity } = this.#options;
    // What its creation began, and what goes wrong now, is wrong in use.
    const step = fault.step === "close" ? "close" : "use";
    const error = pluginError(step, identity, this.secrets.blank(fault.reason));
    if (this.#hints.size === 0) this.report(error);
    this.failNext(error);
  }
}
