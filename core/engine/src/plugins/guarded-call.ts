import { setImmediate as nextTurn } from "node:timers/promises";
import { CODES, toVexilError, VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../model/clock.js";
import { after } from "../model/deadlines.js";
import { type PluginFault, type PluginScope, runInScope } from "./plugin-context.js";
import { pluginError, reasonOf } from "./plugin-error.js";
import type { SecretTexts } from "./secret-texts.js";

export interface GuardedCall<T> {
  readonly scope: PluginScope;
  /** The name of the call, such as `refs.list`. */
  readonly call: string;
  readonly deadlineMs: number;
  readonly clock: Clock;
  /** The caller's; aborting it ends the wait at once. */
  readonly signal?: AbortSignal | undefined;
  /** Texts that must not get into an error. */
  readonly secrets?: SecretTexts | undefined;
  /** Its signal is aborted at the deadline and with `signal`. */
  readonly run: (signal: AbortSignal) => T | PromiseLike<T>;
  /** Called with what escapes the plugin while the call runs; it fails the call in any case. */
  readonly onEscape?: (error: VexilError) => void;
  /** Called if `run` succeeds after nobody waits for it any more. */
  readonly late?: (value: T) => void;
}

/**
 * Calls into a plugin: under its scope, with a deadline, and with whatever it throws made a VexilError.
 * @throws VexilError only. What the plugin throws as one keeps its code.
 */
export async function guardedCall<T>(options: GuardedCall<T>): Promise<T> {
  const { scope, deadlineMs, clock, signal } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  let waiting = true;
  let early: VexilError | undefined;
  let fail = (error: VexilError): void => {
    early ??= error;
  };
  const escaped = (fault: PluginFault): void => {
    if (!waiting) {
      scope.escaped(fault);
      return;
    }
    const error = pluginError(scope.step, scope.identity, options.secrets?.blank(fault.reason) ?? fault.reason);
    fail(error);
    options.onEscape?.(error);
  };
  const running = runInScope({ ...scope, escaped }, async () => {
    const value = await options.run(controller.signal);
    // What it leaks shows a turn later. In use that is for the next rebuild; before, it stops the start.
    if (scope.step !== "use") await nextTurn();
    return value;
  });
  const result = running.then(
    (value) => {
      if (!waiting) options.late?.(value);
      return value;
    },
    (thrown: unknown) => {
      throw toPluginError(thrown, options);
    },
  );
  // Once nobody waits, a late failure is no news.
  result.catch(() => {});
  return new Promise<T>((resolve, reject) => {
    const stop = (error: unknown): void => {
      done();
      reject(error);
      controller.abort(error);
    };
    fail = stop;
    const cancel = after(clock, deadlineMs, () => {
      const reason = `${options.call} did not answer within ${deadlineMs / 1000} s`;
      stop(pluginError(scope.step, scope.identity, reason));
    });
    const aborted = (): void => stop(toVexilError(signal?.reason));
    const done = (): void => {
      waiting = false;
      cancel();
      signal?.removeEventListener("abort", aborted);
    };
    signal?.addEventListener("abort", aborted, { once: true });
    if (early !== undefined) stop(early);
    result.then(
      (value) => {
        done();
        resolve(value);
      },
      (error: unknown) => {
        done();
        reject(error);
      },
    );
  });
}

function toPluginError(
  thrown: unknown,
  { scope, call, secrets }: Pick<GuardedCall<unknown>, "scope" | "call" | "secrets">,
): VexilError {
  const { identity, step } = scope;
  const reason = secrets?.blank(reasonOf(thrown)) ?? reasonOf(thrown);
  if (!VexilError.is(thrown) || !Object.hasOwn(CODES, thrown.code)) {
    return pluginError(step, identity, step === "use" ? `${call}: ${reason}` : reason, { cause: thrown });
  }
  // In use, a plugin's own VexilError says what happened better than the host could.
  if (step === "use") return secrets?.blankError(thrown) ?? thrown;
  const named = pluginError(step, identity, reason, { cause: thrown, code: thrown.code });
  return new VexilError(thrown.code, named.message, {
    details: { ...thrown.details, ...named.details },
    cause: thrown,
  });
}
