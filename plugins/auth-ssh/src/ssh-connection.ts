import type { Socket } from "node:net";
import { type Channel, VexilError } from "@vexil/plugin-api";
import type { Client, ClientChannel } from "ssh2";
import type { Identity } from "./identity-source.js";
import { toChannel } from "./ssh-channel.js";
import { abortError, type ErrorSubject, sshError } from "./ssh-errors.js";

/** How long the other side may take to confirm the end of a channel before its connection counts as dead. */
const CONFIRM_MS = 5000;

/** How long the other side may take to see the end of a connection. */
const END_MS = 1000;

/** The other side opens no further channel now (RFC 4254 §5.1); it may once another has ended. */
export class ChannelRefused extends Error {}

interface ChannelEnd {
  /** From now on it should come. */
  expect(): void;
  reached(): void;
}

/** One authenticated connection, on which git services run as channels. */
export class SshConnection {
  readonly identity: Identity;
  readonly hostKey: Buffer;
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #subject: ErrorSubject;
  #failure: VexilError | undefined;
  #retired = false;
  #channels = 0;

  constructor(client: Client, socket: Socket, hostKey: Buffer, identity: Identity, subject: ErrorSubject) {
    this.#client = client;
    this.#socket = socket;
    this.hostKey = hostKey;
    this.identity = identity;
    this.#subject = subject;
    const died = (error: unknown): void => {
      this.#failure ??= sshError(error, "ready", subject);
    };
    client.on("error", died);
    client.on("close", () => died(new Error("closed")));
  }

  /** True if further channels may be opened. */
  get usable(): boolean {
    return this.#failure === undefined && !this.#retired;
  }

  /** Why it died. */
  get failure(): VexilError | undefined {
    return this.#failure;
  }

  /**
   * Starts a command in a channel.
   * @param ended called once, when the channel that this resolved to no longer counts at the other side
   * @throws ChannelRefused, or VexilError of kind connection
   */
  async exec(
    command: string,
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
    ended: () => void,
  ): Promise<Channel> {
    const end = this.#count();
    const stream = await this.#start(command, env, signal, end);
    return toChannel(stream, {
      failure: () => this.#failure,
      closing: () => end.expect(),
      closed: () => {
        end.reached();
        ended();
      },
    });
  }

  /** No further channels; ends with its last one. */
  retire(): void {
    this.#retired = true;
    this.#endIfIdle();
  }

  /** Ends it with all its channels. */
  async close(): Promise<void> {
    this.#retired = true;
    if (this.#socket.destroyed) return;
    const timer = setTimeout(() => this.#socket.destroy(), END_MS);
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve()); // an error on the way there is no matter any more
      this.#client.end();
    });
    clearTimeout(timer);
  }

  #endIfIdle(): void {
    if (this.#channels === 0) void this.close();
  }

  /** Counts a channel, until its end is reached or has been waited for in vain: then the connection is dead. */
  #count(): ChannelEnd {
    let timer: NodeJS.Timeout | undefined;
    let counted = true;
    this.#channels += 1;
    const reached = (): void => {
      clearTimeout(timer);
      if (!counted) return;
      counted = false;
      this.#channels -= 1;
      if (this.#retired) this.#endIfIdle();
    };
    const expect = (): void => {
      timer ??= setTimeout(() => {
        this.#retired = true;
        reached();
      }, CONFIRM_MS);
    };
    return { expect, reached };
  }

  #start(
    command: string,
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
    end: ChannelEnd,
  ): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      let waiting = true;
      const abort = (): void => {
        waiting = false;
        end.expect();
        reject(abortError(signal, this.#subject.label));
      };
      const failed = (error: Error): void => {
        signal.removeEventListener("abort", abort);
        end.reached();
        reject(this.#startError(error));
      };
      const started = (error: Error | undefined, stream: ClientChannel): void => {
        if (error !== undefined) {
          failed(error);
        } else if (waiting) {
          signal.removeEventListener("abort", abort);
          resolve(stream);
        } else {
          // nobody waits for it any more
          stream.on("close", end.reached).resume().stderr.resume();
          stream.close();
        }
      };
      if (signal.aborted) {
        end.reached();
        reject(abortError(signal, this.#subject.label));
        return;
      }
      signal.addEventListener("abort", abort, { once: true });
      try {
        this.#client.exec(command, { env: { ...env } }, started);
      } catch (error) {
        this.#failure ??= sshError(error, "ready", this.#subject); // its socket has ended already
        failed(error as Error);
      }
    });
  }

  #startError(error: Error): Error {
    if (this.#failure !== undefined) return this.#failure;
    if ((error as { readonly reason?: unknown }).reason !== undefined) return new ChannelRefused(error.message);
    if (!this.usable) return sshError(error, "ready", this.#subject);
    return new VexilError(
      "VEXIL_REMOTE_PROTOCOL",
      `${this.#subject.label} does not run git commands: ${error.message}`,
      {
        details: { step: "connect" },
        cause: error,
      },
    );
  }
}
