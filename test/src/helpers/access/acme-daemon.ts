import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "@vexil/config/load-config";
import { type InProcessDaemon, inProcessDaemon } from "../daemon/in-process.js";
import { type Scope, temporaryDirectory } from "../files/temporary-directory.js";

/**
 * A method whose provider gives the code `good` for every login, and says everything in plain text. Settings: `providers`;
 * `admits`, whose sessions count; `waits`, an address that answers before the provider `two` does; `holds`, one that
 * answers before logins by device code go on, which nobody finishes.
 */
const PLUGIN = `
import { VexilError } from "@vexil/plugin-api";
const away = () => { throw new VexilError("VEXIL_UNAVAILABLE_PROVIDER", "the provider is away"); };
const refuse = (reason) => { throw new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", reason); };
export default {
  kind: "authentication", apiVersion: 1, name: "acme",
  schema: { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } },
  create: async ({ providers = ["one", "two"], admits, waits, holds }) => ({
    login: {
      providers,
      authorize: async ({ provider, state, nonce, codeVerifier }, signal) => {
        if (provider === "two" && waits !== undefined) await fetch(waits, { signal });
        return "https://id.example/authorize?" + new URLSearchParams({ state, nonce, verifier: codeVerifier });
      },
      recheck: (_provider, { identity }) => {
        if (admits !== undefined && !admits.includes(identity.subject)) refuse("not any more");
      },
      callback: async ({ nonce, codeVerifier }, query) => {
        if (query.get("code") !== "good" || query.get("nonce") !== nonce || codeVerifier.length !== 43) refuse("the code is wrong");
        const size = Number(query.get("size") ?? 0);
        const noise = Array.from({ length: size }, () => String.fromCharCode(33 + Math.random() * 90)).join("");
        const sub = query.get("sub") ?? "ada";
        return {
          identity: { subject: sub, name: "Ada", email: "ada@example.com", metadata: { "io.flipt.auth.email": "ada@example.com" }, claims: { groups: ["devs"], noise: query.get("into") === "token" ? "" : noise } },
          session: { issuer: "https://id.example", sid: "session of " + sub, sub, idToken: "token " + (query.get("into") === "token" ? noise : "") },
        };
      },
      device: {
        begin: async (_provider, signal) => {
          if (holds !== undefined) await fetch(holds, { signal });
          return { deviceCode: "a device's", userCode: "ABCD", verificationUri: "https://id.example/device", expiresInS: 600, intervalS: 5 };
        },
        poll: async (_provider, _code, signal) => {
          if (holds !== undefined) await fetch(holds, { signal });
          return "pending";
        },
      },
      endSession: async (provider, { idToken = "none" }) => "https://id.example/logout?" + new URLSearchParams({ provider, hint: idToken.slice(0, 5) }),
      backChannelLogout: async (_provider, token) => {
        if (!token.startsWith("signed:")) throw new VexilError("VEXIL_VALIDATION_REQUEST", "revoke: invalid logout token");
        return { issuer: "https://id.example", sub: token.slice("signed:".length) };
      },
      frontChannelLogout: (_provider, query) => {
        if (query.get("iss") !== "https://id.example") throw new VexilError("VEXIL_VALIDATION_REQUEST", "revoke: issuer mismatch");
        return { issuer: "https://id.example", sid: query.get("sid") };
      },
    },
    exchange: async (token) => {
      if (token === "away") away();
      return token === "pod" ? { subject: "pod", metadata: { "io.flipt.auth.k8s.namespace": "default" }, claims: {} } : refuse("no such token");
    },
    close: async () => {},
  }),
};
`;

/** A daemon whose users log in at {@link PLUGIN}, or come with the token `static`. */
export interface AcmeDaemon {
  readonly daemon: InProcessDaemon;
  readonly send: (path: string, options?: RequestInit) => Promise<Response>;
  readonly login: (
    query?: Readonly<Record<string, string>>,
    headers?: Record<string, string>,
    provider?: "one" | "two",
  ) => Promise<LoggedIn>;
  /** Takes over other parts of `authentication`. */
  readonly reload: (changes: AcmeChanges) => Promise<void>;
}

/** Changes to `authentication`. */
interface AcmeChanges {
  readonly session?: object;
  /** Settings of the method; null: it is not enabled. */
  readonly acme?: object | null;
  readonly required?: boolean;
}

/** Traces that a login leaves with the browser. */
export interface LoggedIn {
  readonly response: Response;
  readonly token: string;
  readonly session: { readonly cookie: string };
}

/** A text that is long enough for a key of sessions. */
export const SESSION_KEY = "the same everywhere, and 32 characters long";

/** Starts it; flags are kept in memory. */
export async function acmeDaemon(
  t: Scope,
  {
    workers = 1,
    storage = { backend: { type: "memory" } },
    server = {},
    authorization,
    fetch = globalThis.fetch,
    ...changes
  }: AcmeChanges & {
    workers?: number;
    storage?: object;
    server?: object;
    authorization?: object;
    /** In place of the usual one. */
    fetch?: typeof globalThis.fetch;
  } = {},
): Promise<AcmeDaemon> {
  const directory = await temporaryDirectory(t);
  const file = join(directory, "plugin.js");
  await writeFile(join(directory, "package.json"), JSON.stringify({ name: "acme", type: "module" }));
  await writeFile(file, PLUGIN);
  const configWith = ({
    session = {},
    acme = {},
    required = true,
  }: AcmeChanges): Readonly<Record<string, unknown>> => ({
    plugins: [file],
    storage: { main: storage },
    environments: { default: { storage: "main" } },
    server: { workers, ...server },
    ...(authorization && { authorization }),
    authentication: {
      required,
      session: { domain: "localhost", csrf: { key: SESSION_KEY }, ...session },
      methods: {
        ...(acme && { acme: { enabled: true, ...acme } }),
        token: { enabled: true, storage: { tokens: { ci: { credential: "static" } } } },
      },
    },
  });
  const daemon = await inProcessDaemon(t, configWith(changes));
  await daemon.start();
  const reload: AcmeDaemon["reload"] = async (other) => {
    const changed = join(directory, "changed.json");
    await writeFile(changed, JSON.stringify({ version: "2.0", ...configWith({ ...changes, ...other }) }));
    await daemon.daemon.reload(await loadConfig({ file: changed, env: {}, cwd: directory }));
  };
  const send = (path: string, options: RequestInit = {}): Promise<Response> =>
    fetch(`${daemon.url()}/auth/v1/${path}`, {
      redirect: "manual",
      ...options,
      // A connection of its own: on a busy machine one that is kept may end just then.
      headers: { ...(options.headers as Readonly<Record<string, string>> | undefined), connection: "close" },
    });
  const login: AcmeDaemon["login"] = async (query = {}, headers = {}, provider = "one") => {
    const { cookie, callback } = await begin(send, {}, headers, provider);
    for (const [name, value] of Object.entries(query)) callback.set(name, value);
    const response = await send(`method/acme/${provider}/callback?${callback}`, { headers: { ...headers, cookie } });
    const token = cookieOf(response, "flipt_client_token") ?? "";
    return { response, token, session: { cookie: `flipt_client_token=${token}` } };
  };
  return { daemon, send, login, reload };
}

/** Begins a login: the browser is at the provider now. */
export async function begin(
  send: AcmeDaemon["send"],
  query: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
  provider: "one" | "two" = "one",
): Promise<{ readonly cookie: string; readonly callback: URLSearchParams; readonly response: Response }> {
  const response = await send(`method/acme/${provider}/authorize?${new URLSearchParams(query)}`, { headers });
  const { authorizeUrl } = (await response.json()) as { readonly authorizeUrl: string };
  const { searchParams } = new URL(authorizeUrl);
  const callback = new URLSearchParams({
    code: "good",
    state: searchParams.get("state") ?? "",
    nonce: searchParams.get("nonce") ?? "",
  });
  return { response, callback, cookie: `flipt_client_state=${cookieOf(response, "flipt_client_state")}` };
}

function cookieOf(response: Response, name: string): string | undefined {
  const line = response.headers.getSetCookie().find((one) => one.startsWith(`${name}=`));
  return line?.slice(name.length + 1, line.indexOf(";"));
}

/** The answer as JSON. */
export const jsonOf = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;
