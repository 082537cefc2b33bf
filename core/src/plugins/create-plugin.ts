import type { AuthContext, Authenticator } from "../contract/authenticator.js";
import type { Backend, BackendContext } from "../contract/backend.js";
import type { AuthPlugin, BackendPlugin } from "../contract/plugin.js";
import { checkAuthenticator, checkBackend } from "./check-shape.js";
import { guardAuthenticator } from "./guard-authenticator.js";
import { guardBackend } from "./guard-backend.js";
import type { GuardScope } from "./guard-scope.js";
import { guardedCall } from "./guarded-call.js";

/** Makes a backend and puts the guard before it. The guard's settings are as the plugin's schema gave them. */
export async function createBackend(
  plugin: BackendPlugin,
  guard: GuardScope,
  context: BackendContext,
): Promise<Backend> {
  const made = await create(guard, context.signal, (signal) => plugin.create(guard.settings, { ...context, signal }));
  return guardBackend(checkBackend(made, context.storage.hasRemote, guard.scope.identity), guard);
}

/** Makes an authenticator and puts the guard before it. */
export async function createAuthenticator(
  plugin: AuthPlugin,
  guard: GuardScope,
  context: AuthContext,
): Promise<Authenticator> {
  const made = await create(guard, context.signal, (signal) => plugin.create(guard.settings, { ...context, signal }));
  return guardAuthenticator(checkAuthenticator(made, guard.scope.identity), guard);
}

function create(
  guard: GuardScope,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<unknown>,
): Promise<unknown> {
  return guardedCall<unknown>({
    scope: { ...guard.scope, step: "create" },
    call: "create",
    deadlineMs: guard.deadlines.createMs,
    signal,
    settings: guard.settings,
    run,
    // What comes too late is closed, so that it holds no lock and no connection.
    late: (made) => void closeLate(made),
  });
}

async function closeLate(made: unknown): Promise<void> {
  try {
    await (made as Partial<Backend> | undefined)?.close?.();
  } catch {
    // Nobody uses it, and the creation has failed already.
  }
}
