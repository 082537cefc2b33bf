import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { loadServerAddress, type ServerAddress } from "@vexil/config/load-address";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { Command } from "commander";
import { notedAddress } from "../address-note.js";
import { isLoopbackName } from "../http/edge/authority.js";
import { EXAMPLE_DIRECTORY } from "../quickstart/example-directory.js";
import { keptToken } from "./kept-logins.js";
import { printable } from "./printable.js";

/** How commands find the daemon that they ask. */
export interface ClientOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly config?: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** No daemon answers, or it does not let us in: exit code 2. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** The daemon answers that it will not: exit code 1. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  /** Of its answer; undefined: it was not asked. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

const ANSWER_MS = 60_000;

/** Adds the options that every command has which asks a daemon. */
export function withClientOptions(command: Command): Command {
  return command
    .option("--url <url>", "the daemon's address (else what the configuration says, or the quickstart of this folder)")
    .option(
      "--token-file <file>",
      "a file that holds the token (else the variable VEXIL_TOKEN, or the session of vexil login)",
    )
    .option("-c, --config <file>", "the configuration file that says where the daemon listens");
}

/** Asks a running daemon over HTTP. */
export class ApiClient {
  readonly #url: string;
  /** Where the daemon answers for its status. */
  readonly #adminUrl: string;
  /** Advice for when nothing answers. */
  readonly #hint: string;
  readonly #token: string | undefined;
  /** The token of a login at this address: it goes nowhere else. */
  readonly #kept: string | undefined;

  private constructor({ url, adminUrl, hint = "" }: DaemonUrls, { token, kept }: Tokens) {
    this.#url = url.replace(/\/+$/, "");
    this.#adminUrl = adminUrl.replace(/\/+$/, "");
    this.#hint = hint;
    this.#token = token;
    this.#kept = kept;
  }

  static async open(options: ClientOptions): Promise<ApiClient> {
    const urls: DaemonUrls =
      options.url === undefined ? await configuredUrls(options.config) : { url: options.url, adminUrl: options.url };
    const { url } = urls;
    const given =
      options.tokenFile === undefined ? process.env.VEXIL_TOKEN : (await readFile(options.tokenFile, "utf8")).trim();
    if (!URL.canParse(url) || !/^https?:/i.test(url)) {
      throw new UnreachableError(`"${url}" is no URL of a daemon; write it as http://127.0.0.1:8080`);
    }
    return new ApiClient(urls, given ? { token: given } : { kept: await keptToken(url) });
  }

  /** Where the daemon answers. */
  get url(): string {
    return this.#url;
  }

  /** The same daemon, with another credential. */
  withToken(token: string): ApiClient {
    return new ApiClient({ url: this.#url, adminUrl: this.#adminUrl, hint: this.#hint }, { kept: token });
  }

  /** The answer's body, when it is a success. */
  async ask(
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const answer = await this.call(method, path, body, headers);
    if (answer.status < 300) {
      if (answer.body !== undefined) return answer.body;
      throw new UnreachableError(`what answers at ${this.#url} is no vexil daemon`);
    }
    const message = messageOf(answer.body) ?? `the daemon answers with status ${answer.status}`;
    if (answer.status === 401) {
      throw new UnreachableError(
        `${message}; give a token with --token-file or the variable VEXIL_TOKEN, or log in with "vexil login" where there is a provider`,
      );
    }
    throw new RefusedError(message, answer.status);
  }

  async call(
    method: "GET" | "POST" | "DELETE",
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<ApiAnswer> {
    const url = path === "/api/status" ? this.#adminUrl : this.#url;
    const token = this.#token ?? (isOfOne(url, this.#url) ? this.#kept : undefined);
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
        // Neither credential nor body follows a redirect.
        redirect: "manual",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      text = await response.text();
    } catch (error) {
      const reason = reasonOf(error);
      if (isOfCertificate(reason)) {
        const advice = "name a file with the certificate of its authority in the variable NODE_EXTRA_CA_CERTS";
        throw new UnreachableError(`the certificate of ${url} is not trusted (${reason}); ${advice}`, { cause: error });
      }
      throw new UnreachableError(`no daemon answers at ${url}: ${reason}${this.#hint}`, { cause: error });
    }
    if (response.status >= 300 && response.status < 400) {
      const target = response.headers.get("location") ?? "nowhere";
      throw new UnreachableError(`${url} redirects to ${target}; give the daemon's own address with --url`);
    }
    return { status: response.status, body: parsed(text) };
  }
}

/** Ends a command as its failure asks for: 2 where no daemon answered, else 1. */
export function failed(error: unknown): void {
  process.stderr.write(`Error: ${printable(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = error instanceof UnreachableError ? 2 : 1;
}

interface Tokens {
  readonly token?: string | undefined;
  readonly kept?: string | undefined;
}

interface DaemonUrls {
  readonly url: string;
  readonly adminUrl: string;
  readonly hint?: string;
}

async function configuredUrls(file: string | undefined): Promise<DaemonUrls> {
  const source = { ...(file === undefined ? {} : { file }), env: process.env, cwd: process.cwd() };
  const server = await loadServerAddress(source).catch((error: unknown) => {
    throw new UnreachableError(`${toVexilError(error).message}; give the daemon's address with --url`);
  });
  const noted = await notedAddress(server.file === undefined ? EXAMPLE_DIRECTORY : dirname(server.file));
  if (noted !== undefined) return { url: noted, adminUrl: noted };
  const url = `${server.protocol}://${reachableHost(server)}:${server.port}`;
  const { admin } = server;
  const from = server.file ?? "the defaults: no configuration was found";
  const hint = `; the address is that of ${from}; if the daemon listens elsewhere, name it with --url or --config`;
  return { url, hint, adminUrl: admin === undefined ? url : `http://${reachableHost(admin)}:${admin.port}` };
}

/** Where a daemon that listens everywhere can be reached from here. */
function reachableHost({ host }: Pick<ServerAddress, "host">): string {
  if (host === "" || host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

function reasonOf(error: unknown): string {
  const { cause, name, message } = error as Error & { cause?: { code?: unknown; message?: unknown } };
  if (name === "TimeoutError") return `nothing within ${ANSWER_MS / 1000} s`;
  return String(cause?.code ?? cause?.message ?? message);
}

/** Tells whether a login at one address is safe with another: the same machine, and nobody reads it on the way. */
function isOfOne(url: string, other: string): boolean {
  const { origin, protocol, hostname } = new URL(url);
  const own = new URL(other);
  if (origin === own.origin) return true;
  return hostname === own.hostname && (protocol === "https:" || isLoopbackName(hostname));
}

/** Names of what is wrong with a server's certificate, as OpenSSL and Node have them. */
function isOfCertificate(reason: string): boolean {
  return /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_)/.test(reason);
}

function messageOf(body: unknown): string | undefined {
  const message = (body as { readonly message?: unknown } | undefined)?.message;
  return typeof message === "string" ? message : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
