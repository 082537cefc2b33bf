import { setTimeout as sleep } from "node:timers/promises";
import type { ApiAnswer, ApiClient } from "./api-client.js";
import { RefusedError, UnreachableError } from "./client-errors.js";
import type { KeptLogin } from "./kept-logins.js";

/** A provider that logs users in, as its part of the paths. */
export interface Provider {
  readonly name: string;
  /** `/auth/v1/method/oidc/corp` */
  readonly path: string;
}

interface Method {
  readonly method: string;
  readonly enabled: boolean;
  readonly sessionCompatible: boolean;
  readonly metadata?: { readonly providers?: Readonly<Record<string, unknown>> };
}

interface Flow {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete?: string;
  readonly expiresIn: number;
  readonly interval: number;
}

interface Session {
  readonly clientToken: string;
  readonly authentication: { readonly expiresAt?: string; readonly metadata: Readonly<Record<string, string>> };
}

/** Seconds more between two questions after each `slow_down` (RFC 8628 §3.5). */
const SLOWER_S = 5;
const LONGEST_S = 3_600;

/** The provider that is meant. @throws RefusedError if it is none, or not clear which */
export async function providerNamed(client: ApiClient, name: string | undefined): Promise<Provider> {
  const { methods } = (await client.ask("GET", "/auth/v1/method")) as { readonly methods: readonly Method[] };
  const known = methods.flatMap(providersOf);
  const [only] = known;
  if (only === undefined) throw new RefusedError("nobody logs in at this daemon by a provider");
  if (name === undefined && known.length === 1) return only;
  const found = known.find((provider) => provider.name === name);
  if (found !== undefined) return found;
  const names = known.map((provider) => provider.name).join(", ");
  throw new RefusedError(
    `${name === undefined ? "there are several providers" : `there is no provider ${name}`}; choose one with --provider: ${names}`,
  );
}

/**
 * Logs a user in by a code.
 * @param tell is called with what the user has to do
 * @returns the login, and the name of its user
 */
export async function logInByDevice(
  client: ApiClient,
  provider: Provider,
  tell: (text: string) => void,
): Promise<{ readonly login: KeptLogin; readonly user: string }> {
  const { path } = provider;
  const flow = (await client.ask("POST", `${path}/device`, {}).catch((error: unknown) => {
    throw isNotThere(error) ? new RefusedError(`${error.message}; ${insteadOf(provider)}`) : error;
  })) as Flow;
  const { verificationUri, verificationUriComplete, userCode } = flow;
  tell(`Open ${verificationUriComplete ?? verificationUri}\nin a browser, and see that it shows the code ${userCode}`);
  const until = Date.now() + Math.min(flow.expiresIn, LONGEST_S) * 1000;
  let intervalS = Math.max(1, Math.min(flow.interval, LONGEST_S));
  while (Date.now() < until) {
    await sleep(intervalS * 1000);
    const answer = await client.call("POST", `${path}/device/token`, { deviceCode: flow.deviceCode });
    if (answer.status === 200) return loginOf(answer.body as Session);
    intervalS += waitOf(answer);
  }
  throw new RefusedError("the code was not entered in time; begin again");
}

function isNotThere(error: unknown): error is RefusedError {
  return error instanceof RefusedError && error.status === 404;
}

/** Advice for where there are no logins by device code. */
function insteadOf({ name, path }: Provider): string {
  return path.startsWith("/auth/v1/method/oidc/")
    ? `set device_login: true of provider ${name} in the daemon's configuration, if the provider offers such logins`
    : "give a token with --token-file or the variable VEXIL_TOKEN";
}

function providersOf({ method, enabled, sessionCompatible, metadata }: Method): readonly Provider[] {
  if (!enabled || !sessionCompatible) return [];
  const place = method.replace(/^METHOD_/, "").toLowerCase();
  if (metadata?.providers === undefined) return [{ name: place, path: `/auth/v1/method/${place}` }];
  return Object.keys(metadata.providers).map((name) => ({
    name,
    path: `/auth/v1/method/${place}/${encodeURIComponent(name)}`,
  }));
}

/** Seconds to wait longer from now on. @throws what the daemon answers if the login is over */
function waitOf({ status, body }: ApiAnswer): number {
  const { status: wait, message } = (body ?? {}) as { readonly status?: unknown; readonly message?: unknown };
  if (status === 202) return wait === "slow_down" ? SLOWER_S : 0;
  // Too many questions, or a provider that is away for a while: the code holds on.
  if (status === 429 || status >= 500) return SLOWER_S;
  const text = typeof message === "string" ? message : `the daemon answers with status ${status}`;
  throw status === 401 ? new RefusedError(text) : new UnreachableError(text);
}

function loginOf({ clientToken, authentication: { expiresAt, metadata } }: Session): {
  login: KeptLogin;
  user: string;
} {
  const user = metadata["io.flipt.auth.email"] ?? metadata["io.flipt.auth.name"] ?? "a user without a name";
  return { login: { token: clientToken, expiresAt: Date.parse(expiresAt ?? "") || Date.now() }, user };
}
