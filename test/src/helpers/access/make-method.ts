import { randomBytes } from "node:crypto";
import type { AuthenticationMethod, AuthenticationPlugin, LoginFlow } from "@vexil/plugin-api";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import type { Scope } from "../files/temporary-directory.js";

/** A method with its log. */
export interface MadeMethod {
  readonly method: AuthenticationMethod;
  readonly logger: RecordingLogger;
  /** How often it said that its answers may be others. */
  readonly invalidated: () => number;
}

/** Checks settings and makes a method of them, as the host does; it is closed with the test. */
export async function makeMethod(scope: Scope, plugin: AuthenticationPlugin, settings: unknown): Promise<MadeMethod> {
  const result = await plugin.schema["~standard"].validate(settings);
  if (result.issues !== undefined) throw new Error(result.issues.map(({ message }) => message).join("; "));
  const logger = new RecordingLogger();
  let invalidated = 0;
  const method = await plugin.create(result.value, {
    method: plugin.name,
    configDirectory: process.cwd(),
    logger,
    redact: () => {},
    invalidate: () => {
      invalidated += 1;
    },
    signal: new AbortController().signal,
  });
  scope.teardown(() => method.close());
  return { method, logger, invalidated: () => invalidated };
}

/** A login that begins. */
export function newFlow(provider?: string): LoginFlow {
  const random = (): string => randomBytes(32).toString("base64url");
  return { provider, state: random(), nonce: random(), codeVerifier: random() };
}

/** Time that a request of a test may take, on a busy machine too. */
export function deadline(): AbortSignal {
  return AbortSignal.timeout(60_000);
}
