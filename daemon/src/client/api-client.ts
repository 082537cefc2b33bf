import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { loadServerAddress, type ServerAddress } from "@vexil/config/load-address";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { Command } from "commander";
import { notedAddress } from "../address-note.js";
import { isLoopbackName } from "../http/edge/authority.js";
import { moreAbout } from "../troubleshooting/more-about.js";
import { messageOf, parsed } from "./answer-body.js";
import { RefusedError, UnreachableError } from "./client-errors.js";
import { type ClientTls, clientTls } from "./client-tls.js";
import { connectionAdvice } from "./connection-advice.js";
import { EXAMPLE_DIRECTORY, EXAMPLE_ENDED } from "./example-directory.js";
import { keptToken } from "./kept-logins.js";
import { otherEnvironments } from "./other-environments.js";
import { printable } from "./printable.js";
import { type PlainAnswer, sendRequest } from "./send-request.js";

/** How commands find the daemon that they ask. */
export interface ClientOptions {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly config?: string;
  readonly caFile?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
}

export type Method = "GET" | "POST" | "PUT" | "DELETE";

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Of its error, where it has one. */
  readonly errorCode?: string | undefined;
}

const ANSWER_MS = 60_000;
/** Three parts, as only signed tokens have; a session's token has five. */
const SIGNED = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;

/** Adds the options that every command has which asks a daemon. */
export function withClientOptions(command: Command): Command {
  return command
    .option("--url <url>", "the daemon's address (else what the configuration says, or the quickstart of this folder)")
    .option(
      "--token-file <file>",
      "a file that holds the token, or JWT and the token (else the variable VEXIL_TOKEN, or the session of vexil login)",
    )
    .option("-c, --config <file>", "the configuration file that says where the daemon listens")
    .option(
      "--ca-file <file>",
      "the authority of the daemon's certificate, in PEM (else the system's, and the cert_file of the configuration)",
    )
    .option("--client-cert <file>", "the certificate to show a daemon that asks for one, in PEM; with --client-key")
    .option("--client-key <file>", "the key of that certificate, in PEM");
}

/** Asks a running daemon over HTTP. */
export class ApiClient {
  readonly #url: string;
  /** Where the daemon answers for its status and its health. */
  readonly #adminUrl: string;
  /** Advice for when nothing answers. */
  readonly #hint: string;
  readonly #token: string | undefined;
  /** The token of a login at this address: it goes nowhere else. */
  readonly #kept: string | undefined;
  readonly #tls: ClientTls;

  private constructor({ url, adminUrl, hint = "" }: DaemonUrls, { token, kept }: Tokens, tls: ClientTls) {
    this.#url = url.replace(/\/+$/, "");
    this.#adminUrl = adminUrl.replace(/\/+$/, "");
    this.#hint = hint;
    this.#token = token;
    this.#kept = kept;
    this.#tls = tls;
  }

  static async open(options: ClientOptions): Promise<ApiClient> {
    const urls: DaemonUrls =
      options.url === undefined ? await configuredUrls(options.config) : { url: options.url, adminUrl: options.url };
    const { url } = urls;
    const given = options.tokenFile === undefined ? process.env.VEXIL_TOKEN : await tokenIn(options.tokenFile);
    if (!URL.canParse(url) || !/^https?:/i.test(url)) {
      throw new UnreachableError(`"${url}" is no URL of a daemon; write it as http://127.0.0.1:8080`);
    }
    const tls = await clientTls({ ...options, ownCertFile: urls.certFile });
    return new ApiClient(urls, given ? { token: given } : { kept: await keptToken(url) }, tls);
  }

  /** Asks a daemon that listens on a Unix socket alone. */
  static over(socketPath: string): ApiClient {
    return new ApiClient({ url: "http://localhost", adminUrl: "http://localhost" }, {}, { socketPath });
  }

  /** Where the daemon answers. */
  get url(): string {
    return this.#url;
  }

  /** The same daemon, with another credential. */
  withToken(token: string): ApiClient {
    const urls = { url: this.#url, adminUrl: this.#adminUrl, hint: this.#hint };
    return new ApiClient(urls, { kept: token }, this.#tls);
  }

  /** The answer's body, when it is a success. */
  async ask(
    method: Method,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const answer = await this.call(method, path, body, headers);
    if (answer.status < 300) {
      if (answer.body !== undefined) return answer.body;
      throw new UnreachableError(`what answers at ${this.#url} is no vexil daemon`);
    }
    const told = messageOf(answer.body);
    if (told === undefined && answer.status === 404) {
      throw new UnreachableError(`what answers at ${this.#url} is no vexil daemon (status 404)`);
    }
    const others = await otherEnvironments(told, () => this.call("GET", "/api/v2/environments"));
    const message = `${told ?? `the daemon answers with status ${answer.status}`}${others}`;
    if (answer.status === 401) {
      const advice = SIGNED.test(this.#token ?? "")
        ? 'a token that an issuer has signed is given as "JWT <token>"'
        : 'give a token with --token-file or the variable VEXIL_TOKEN, or log in with "vexil login" where there is a provider';
      throw new UnreachableError(`${message}; ${advice}`, 401);
    }
    throw new RefusedError(message, answer.status, answer.errorCode);
  }

  async call(
    method: Method,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<ApiAnswer> {
    const { url: address, credential, tls } = this.target(path);
    const url = address.slice(0, address.length - path.length);
    let answer: PlainAnswer;
    try {
      answer = await sendRequest(address, {
        method,
        headers: { ...headers, ...credential },
        body: body === undefined ? undefined : JSON.stringify(body),
        tls,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    } catch (error) {
      throw new UnreachableError(this.unreachable(url, reasonOf(error)), undefined, { cause: error });
    }
    const { status, location = "nowhere", text, errorCode } = answer;
    if (status < 300 || status >= 400) return { status, body: parsed(text), errorCode };
    throw new UnreachableError(`${url} redirects to ${location}; give the daemon's own address with --url`);
  }

  /** Address, credential and TLS settings of a request for a path. */
  target(path: string): {
    readonly url: string;
    readonly credential: Readonly<Record<string, string>>;
    readonly tls: ClientTls;
  } {
    const url = path === "/api/status" || path.startsWith("/health/") ? this.#adminUrl : this.#url;
    const token = this.#token ?? (isOfOne(url, this.#url) ? this.#kept : undefined);
    const credential = token === undefined ? {} : { authorization: withScheme(token) };
    return { url: `${url}${path}`, credential, tls: this.#tls };
  }

  /** A message about a daemon that does not answer, with what may help. */
  unreachable(url: string, reason: string): string {
    return connectionAdvice({ url, reason, tls: this.#tls, hint: this.#hint });
  }
}

/** Ends a command as its failure asks for: 2 where no daemon answered, else 1. Of a code it is said where there is more. */
export function failed(error: unknown): void {
  const message = printable(error instanceof Error ? error.message : String(error));
  process.stderr.write(`Error: ${message}${moreAbout(error)}\n`);
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
  /** File of the certificate that a daemon on this machine serves with. */
  readonly certFile?: string | undefined;
}

async function configuredUrls(file: string | undefined): Promise<DaemonUrls> {
  const source = { ...(file === undefined ? {} : { file }), env: process.env, cwd: process.cwd() };
  const server = await loadServerAddress(source).catch((error: unknown) => {
    throw new UnreachableError(`${toVexilError(error).message}; give the daemon's address with --url`);
  });
  const noted = await notedAddress(server.file === undefined ? EXAMPLE_DIRECTORY : dirname(server.file));
  const { certFile, admin } = server;
  if (noted !== undefined) return { url: noted, adminUrl: noted, certFile };
  const url = `${server.protocol}://${reachableHost(server)}:${server.port}`;
  const from = server.file ?? "the defaults: no configuration was found";
  const elsewhere = `; the address is that of ${from}; if the daemon listens elsewhere, name it with --url or --config`;
  const hint = server.file === undefined && existsSync(EXAMPLE_DIRECTORY) ? EXAMPLE_ENDED : elsewhere;
  return { url, hint, certFile, adminUrl: admin === undefined ? url : `http://${reachableHost(admin)}:${admin.port}` };
}

/** Where a daemon that listens everywhere can be reached from here. */
function reachableHost({ host }: Pick<ServerAddress, "host">): string {
  if (host === "" || host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new Error(`--token-file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
}

/** A token is sent as `Bearer`, unless it says otherwise: `JWT <token>`. */
function withScheme(token: string): string {
  return /^(?:Bearer|JWT) /.test(token) ? token : `Bearer ${token}`;
}

function reasonOf(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  return name === "TimeoutError" ? `nothing within ${ANSWER_MS / 1000} s` : (code ?? message);
}

/** Tells whether a login at one address is safe with another: the same machine, and nobody reads it on the way. */
function isOfOne(url: string, other: string): boolean {
  const { origin, protocol, hostname } = new URL(url);
  const own = new URL(other);
  if (origin === own.origin) return true;
  return hostname === own.hostname && (protocol === "https:" || isLoopbackName(hostname));
}
