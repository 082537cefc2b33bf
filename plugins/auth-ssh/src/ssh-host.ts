import { setTimeout as wait } from "node:timers/promises";
import { type Channel, type Logger, type OpenOptions, VexilError } from "@vexil/plugin-api";
import { connect } from "./connect.js";
import { fingerprint, hostKeyError } from "./host-key-error.js";
import { hostKeyAlgorithms, judgeHostKey } from "./host-key-policy.js";
import type { Identity, IdentitySource } from "./identity-source.js";
import { type KnownHostLine, keyType } from "./known-hosts.js";
import type { KnownHostsSource } from "./known-hosts-source.js";
import { Slots } from "./slots.js";
import { ChannelRefused, type SshConnection } from "./ssh-connection.js";
import { abortError } from "./ssh-errors.js";
import { hostLabel } from "./ssh-url.js";

/** Servers allow ten sessions on a connection (sshd_config(5), MaxSessions), some forges fewer. */
const CHANNELS = 4;

/** How often a server may refuse its only session, and how long to wait between. */
const REFUSALS = 5;
const REFUSED_WAIT_MS = 200;

/** Parts that a credential brings to each of its hosts. */
export interface HostCredential {
  readonly id: string;
  readonly identities: IdentitySource;
  /** Undefined: host keys are not checked. */
  readonly knownHosts: KnownHostsSource | undefined;
  readonly logger: Logger;
}

/** One user at one host: the kept connection and its channels. */
export class SshHost {
  readonly #credential: HostCredential;
  readonly #host: string;
  readonly #port: number;
  readonly #user: string;
  readonly #slots = new Slots(CHANNELS);
  readonly #closed = new AbortController();
  readonly #opening = new Set<AbortController>();
  #kept: SshConnection | undefined;
  #connecting: Promise<SshConnection> | undefined;

  constructor(credential: HostCredential, host: string, port: number, user: string) {
    this.#credential = credential;
    this.#host = host;
    this.#port = port;
    this.#user = user;
  }

  /** Starts a command, on the kept connection where that still serves. */
  async open(
    command: string,
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
    options: OpenOptions,
  ): Promise<Channel> {
    // not AbortSignal.any(): with a source that lives as long as the credential it leaks in Node 20
    const opening = new AbortController();
    const stop = (): void => opening.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    this.#opening.add(opening);
    try {
      if (this.#closed.signal.aborted) throw abortError(this.#closed.signal, this.#label);
      return await this.#openSoon(command, env, opening.signal, options);
    } finally {
      this.#opening.delete(opening);
      signal.removeEventListener("abort", stop);
    }
  }

  async close(): Promise<void> {
    const reason = new VexilError("VEXIL_INTERNAL_CANCELLED", "the credential is closed");
    this.#closed.abort(reason);
    for (const opening of this.#opening) opening.abort(reason);
    await Promise.all([this.#kept?.close(), this.#connecting?.catch(() => {})]);
  }

  async #openSoon(
    command: string,
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
    options: OpenOptions,
  ): Promise<Channel> {
    for (let refusals = 0; ; ) {
      const release = await this.#slots.acquire(signal, options.queued).catch(() => {
        throw abortError(signal, this.#label);
      });
      try {
        return await this.#start(command, env, signal, release);
      } catch (error) {
        release();
        if (!(error instanceof ChannelRefused)) throw error;
        if (this.#slots.taken > 0) {
          // the server takes fewer channels than this one; wait for one of those that run
          this.#slots.lower(this.#slots.taken);
        } else {
          // its last session may not be over there yet
          refusals += 1;
          if (refusals > REFUSALS) throw this.#refusedError(error);
          await wait(REFUSED_WAIT_MS, undefined, { signal }).catch(() => {});
        }
      }
    }
  }

  get #label(): string {
    return hostLabel(this.#host, this.#port);
  }

  async #start(
    command: string,
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
    ended: () => void,
  ): Promise<Channel> {
    const kept = await this.#checked();
    if (kept !== undefined) {
      try {
        return await kept.exec(command, env, signal, ended);
      } catch (error) {
        // it had died unnoticed: nothing was sent yet that a new connection could not send again
        if (kept.failure === undefined || signal.aborted) throw error;
      }
    }
    const connection = await this.#connect(signal);
    return await connection.exec(command, env, signal, ended);
  }

  /** The kept connection, if it is alive and still stands by what the credential's files say now. */
  async #checked(): Promise<SshConnection | undefined> {
    const kept = this.#kept;
    if (!kept?.usable) return undefined;
    const identity = await this.#credential.identities.current(false);
    if (identity !== kept.identity) {
      kept.retire();
      return undefined;
    }
    const refusal = this.#judge((await this.#credential.knownHosts?.lines()) ?? [], kept.hostKey);
    if (refusal === undefined) return kept;
    kept.retire();
    throw refusal;
  }

  /** One attempt for all who wait; each gives up by its own signal. */
  async #connect(signal: AbortSignal): Promise<SshConnection> {
    this.#connecting ??= this.#connectAnew().finally(() => {
      this.#connecting = undefined;
    });
    const attempt = this.#connecting;
    return await new Promise<SshConnection>((resolve, reject) => {
      const abort = (): void => reject(abortError(signal, this.#label));
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort, { once: true });
      attempt.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
  }

  async #connectAnew(): Promise<SshConnection> {
    const identity = await this.#credential.identities.current(false);
    try {
      return await this.#connectAs(identity);
    } catch (error) {
      if (!VexilError.is(error) || error.kind !== "auth") throw error;
      // the files may have changed while we connected
      this.#credential.knownHosts?.forget();
      const again = await this.#credential.identities.current(true);
      if (again === identity) throw error;
      return await this.#connectAs(again);
    }
  }

  async #connectAs(identity: Identity): Promise<SshConnection> {
    const lines = (await this.#credential.knownHosts?.lines()) ?? [];
    const connection = await connect(
      {
        credential: this.#credential.id,
        host: this.#host,
        port: this.#port,
        user: this.#user,
        identity,
        hostKeyAlgorithms: hostKeyAlgorithms(lines, this.#host, this.#port),
        judge: (key) => this.#judge(lines, key),
      },
      this.#closed.signal,
    );
    const key = { host: this.#label, host_key: `${keyType(connection.hostKey)} ${fingerprint(connection.hostKey)}` };
    if (this.#credential.knownHosts === undefined) {
      this.#credential.logger.log("warn", "ssh.unverified", "connected without checking the server's host key", key);
    } else {
      this.#credential.logger.log("debug", "ssh.connected", "connected to an ssh server", key);
    }
    this.#kept?.retire();
    this.#kept = connection;
    return connection;
  }

  #judge(lines: readonly KnownHostLine[], key: Buffer): VexilError | undefined {
    const { knownHosts } = this.#credential;
    if (knownHosts === undefined) return undefined;
    const verdict = judgeHostKey(lines, this.#host, this.#port, key);
    if (verdict.type === "known") return undefined;
    return hostKeyError(verdict, { host: this.#host, port: this.#port, key }, knownHosts.places);
  }

  #refusedError(cause: ChannelRefused): VexilError {
    return new VexilError("VEXIL_CONNECTION_REFUSED", `${this.#label} opens no session: ${cause.message}`, {
      details: { step: "connect" },
      cause,
    });
  }
}
