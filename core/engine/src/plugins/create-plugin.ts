import type {
  AuthContext,
  AuthenticationContext,
  AuthenticationMethod,
  AuthenticationPlugin,
  Authenticator,
  Authorization,
  AuthorizationContext,
  AuthorizationPlugin,
  AuthPlugin,
  Backend,
  BackendContext,
  BackendPlugin,
  Logger,
  Sink,
  SinkContext,
  SinkPlugin,
} from "@vexil/plugin-api";
import { BlankingLogger } from "./blanking-logger.js";
import { checkAuthentication, checkAuthenticator, checkAuthorization, checkBackend, checkSink } from "./check-shape.js";
import { guardAuthentication } from "./guard-authentication.js";
import { guardAuthenticator } from "./guard-authenticator.js";
import { guardAuthorization } from "./guard-authorization.js";
import { guardBackend } from "./guard-backend.js";
import type { GuardScope } from "./guard-scope.js";
import { guardSink } from "./guard-sink.js";
import { guardedCall } from "./guarded-call.js";

/** Makes a backend and puts the guard before it. The guard's settings are as the plugin's schema gave them. */
export async function createBackend(
  plugin: BackendPlugin,
  guard: GuardScope,
  context: Omit<BackendContext, "redact">,
): Promise<Backend> {
  const made = await create(guard, context, (own) => plugin.create(guard.settings, { ...context, ...own }));
  const { hasRemote } = context.storage;
  return guardBackend(
    orClosed(made, () => checkBackend(made, hasRemote, guard.scope.identity)),
    guard,
  );
}

/** Makes an authenticator and puts the guard before it. */
export async function createAuthenticator(
  plugin: AuthPlugin,
  guard: GuardScope,
  context: Omit<AuthContext, "redact">,
): Promise<Authenticator> {
  const made = await create(guard, context, (own) => plugin.create(guard.settings, { ...context, ...own }));
  return guardAuthenticator(
    orClosed(made, () => checkAuthenticator(made, guard.scope.identity)),
    guard,
  );
}

/** Makes a method of authentication and puts the guard before it. */
export async function createAuthentication(
  plugin: AuthenticationPlugin,
  guard: GuardScope,
  context: Omit<AuthenticationContext, "redact">,
): Promise<AuthenticationMethod> {
  const made = await create(guard, context, (own) => plugin.create(guard.settings, { ...context, ...own }));
  return guardAuthentication(
    orClosed(made, () => checkAuthentication(made, guard.scope.identity)),
    guard,
  );
}

/** Makes an engine of rights and puts the guard before it. */
export async function createAuthorization(
  plugin: AuthorizationPlugin,
  guard: GuardScope,
  context: Omit<AuthorizationContext, "redact">,
): Promise<Authorization> {
  const made = await create(guard, context, (own) => plugin.create(guard.settings, { ...context, ...own }));
  return guardAuthorization(
    orClosed(made, () => checkAuthorization(made, guard.scope.identity)),
    guard,
  );
}

/** Makes a sink and puts the guard before it. */
export async function createSink(
  plugin: SinkPlugin,
  guard: GuardScope,
  context: Omit<SinkContext, "redact">,
): Promise<Sink> {
  const made = await create(guard, context, (own) => plugin.create(guard.settings, { ...context, ...own }));
  return guardSink(
    orClosed(made, () => checkSink(made, plugin.capabilities, guard.scope.identity)),
    guard,
  );
}

function create(
  guard: GuardScope,
  context: { readonly logger: Logger; readonly signal: AbortSignal },
  run: (own: Pick<BackendContext, "logger" | "redact" | "signal">) => Promise<unknown>,
): Promise<unknown> {
  const { secrets } = guard;
  const logger = new BlankingLogger(context.logger, secrets);
  const redact = (secret: string): void => secrets.add(secret);
  return guardedCall<unknown>({
    scope: { ...guard.scope, step: "create" },
    call: "create",
    deadlineMs: guard.deadlines.createMs,
    clock: guard.clock,
    signal: context.signal,
    secrets: guard.secrets,
    run: (signal) => run({ logger, redact, signal }),
    // What comes too late is closed, so that it holds no lock and no connection.
    late: (made) => closeUnused(made),
  });
}

/** Closes what does not pass a check: it may be made again and again. */
function orClosed<T>(made: unknown, check: () => T): T {
  try {
    return check();
  } catch (error) {
    closeUnused(made);
    throw error;
  }
}

/** Nobody waits for it: what is made may not answer, and its creation has failed already. */
function closeUnused(made: unknown): void {
  const close = async (): Promise<void> => (made as Partial<Backend> | undefined)?.close?.();
  close().catch(() => undefined);
}
