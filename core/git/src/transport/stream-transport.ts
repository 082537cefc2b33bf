import type { Channel, OpenOptions } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Capabilities } from "../protocol/capabilities.js";
import { FLUSH, PacketReader } from "../protocol/pkt-line.js";
import type { Operation } from "../remote/operation.js";
import { corrupt, printable, remoteSaid } from "../wire-errors.js";
import { type Conversation, GREETING_BYTES, type Service, type Transport } from "./transport.js";

/** Starts a git service at the other end of a byte stream. */
export type OpenChannel = (
  service: Service,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
  options: OpenOptions,
) => Promise<Channel>;

/** How long a channel waits for the command that is likely to follow: others may wait for one of few channels. */
const LINGER_MS = 250;
/** How long a service may take to end after its last word. */
const EXIT_MS = 1000;
const STDERR_BYTES = 16 * 1024;
/** A shell's exit status is this and the signal's number (sh(1)); git's own fatal errors end with it alone. */
const KILLED_STATUS = 128;

/** git's protocol over byte streams: an authenticator's channels (ssh), or processes of the installed git. */
export class StreamTransport implements Transport {
  readonly #open: OpenChannel;
  readonly #closeSource: () => Promise<void>;
  #kept: { readonly conversation: StreamConversation; readonly timer: NodeJS.Timeout } | undefined;

  constructor(open: OpenChannel, closeSource: () => Promise<void> = async () => {}) {
    this.#open = open;
    this.#closeSource = closeSource;
  }

  async open(service: Service, operation: Operation, options: { readonly reuse: boolean }): Promise<Conversation> {
    const kept = service === "git-upload-pack" ? this.#takeKept() : undefined;
    if (kept !== undefined && options.reuse) return kept;
    kept?.hangUp();
    // The environment may be refused without a word (sshd's AcceptEnv): the greeting shows what came of it.
    const env = service === "git-upload-pack" ? { GIT_PROTOCOL: "version=2" } : {};
    const channel = await this.#connect(service, env, operation);
    return new StreamConversation(channel, (conversation) => this.#keep(conversation));
  }

  async close(): Promise<void> {
    this.#takeKept()?.hangUp();
    await this.#closeSource();
  }

  /** Has a deadline for connecting, which waiting for a turn does not count towards. */
  async #connect(service: Service, env: Readonly<Record<string, string>>, operation: Operation): Promise<Channel> {
    const deadline = operation.deadline("connect", "connect");
    let open = true;
    const resume = (): void => {
      if (open) deadline.start();
    };
    const queued = (until: Promise<void>): void => {
      deadline.stop();
      until.then(resume, resume);
    };
    deadline.start();
    const opening = this.#open(service, env, operation.signal, { queued });
    try {
      return await operation.untilAborted(opening);
    } catch (error) {
      // It may still come, with nobody waiting for it any more.
      opening.then((late) => late.close()).catch(() => {});
      throw error;
    } finally {
      open = false;
      deadline.stop();
    }
  }

  #keep(conversation: StreamConversation): void {
    this.#takeKept()?.hangUp();
    const timer = setTimeout(() => this.#takeKept()?.hangUp(), LINGER_MS);
    timer.unref();
    this.#kept = { conversation, timer };
  }

  #takeKept(): StreamConversation | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept === undefined) return undefined;
    clearTimeout(kept.timer);
    return kept.conversation.ended ? undefined : kept.conversation;
  }
}

class StreamConversation implements Conversation {
  capabilities: Capabilities | undefined;
  ended = false;
  readonly #channel: Channel;
  readonly #stdout: ReadableStreamDefaultReader<Uint8Array>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #keep: (conversation: StreamConversation) => void;
  readonly #stderr: Promise<string>;
  /** Input was closed (version 0 takes one request); writing once more would fail in Node 20's web streams. */
  #lastRequest = false;

  constructor(channel: Channel, keep: (conversation: StreamConversation) => void) {
    this.#channel = channel;
    this.#keep = keep;
    this.#stdout = channel.stdout.getReader();
    this.#stdin = channel.stdin.getWriter();
    this.#stdin.closed.catch(() => {});
    this.#stdout.closed.catch(() => {});
    this.#stderr = collect(channel.stderr);
    const onExit = (): void => {
      this.ended = true;
    };
    channel.exit.then(onExit, onExit);
  }

  async greet(operation: Operation): Promise<PacketReader> {
    return this.#reader(operation, GREETING_BYTES);
  }

  async request(operation: Operation, body: readonly Uint8Array[], limit: number): Promise<PacketReader> {
    // The service may answer before it has read all (a refused push), so writing and reading go on side by side.
    const written = this.#write(body);
    written.catch(() => {});
    if (this.capabilities?.version !== 2) {
      this.#lastRequest = true;
      written.then(() => this.#stdin.close()).catch(() => {});
    }
    return this.#reader(operation, limit);
  }

  async endAnswer(reader: PacketReader): Promise<void> {
    if (reader.hasMore) throw corrupt(reader.step, "bytes follow its end");
  }

  release(options: { readonly expectMore: boolean }): void {
    if (options.expectMore && this.capabilities?.version === 2 && !this.ended) this.#keep(this);
    else this.hangUp();
  }

  /** A flush is what ends a service that waits for a command or for wants. */
  hangUp(): void {
    const deadline = setTimeout(() => this.#channel.close(), EXIT_MS);
    deadline.unref();
    const close = (): void => {
      clearTimeout(deadline);
      this.#channel.close();
    };
    if (!this.#lastRequest) {
      this.#write([FLUSH])
        .then(() => this.#stdin.close())
        .catch(() => {});
    }
    this.#drain().catch(() => {});
    this.#channel.exit.then(close, close);
  }

  async fail(error: unknown, operation: Operation): Promise<unknown> {
    try {
      return operation.signal.aborted ? error : await this.#explain(error, operation);
    } finally {
      this.ended = true;
      this.#channel.close();
    }
  }

  /** An answer that breaks off: standard error and the exit status say why, if the service itself ended it. */
  async #explain(error: unknown, operation: Operation): Promise<unknown> {
    const isCut = VexilError.is(error) && error.code === "VEXIL_CONNECTION_TRUNCATED";
    if (VexilError.is(error) && !isCut) return error;
    const ending = Promise.all([this.#stderr, this.#channel.exit]);
    const [stderr, exit] = await Promise.race([ending, nothingAfter(EXIT_MS)]).catch(() => ["", undefined] as const);
    if (exit === undefined || exit === 0) return error;
    // Killed, as a shell reports it: that is no word of the service's.
    if (exit > KILLED_STATUS && stderr === "") return error;
    return remoteSaid(operation.step, stderr === "" ? `it ended with status ${exit}` : stderr);
  }

  async #write(body: readonly Uint8Array[]): Promise<void> {
    for (const part of body) {
      await this.#stdin.ready;
      await this.#stdin.write(part);
    }
  }

  #reader(operation: Operation, limit: number): PacketReader {
    let phase: "firstByte" | "idle" = "firstByte";
    const read = async (): Promise<Uint8Array | undefined> => {
      const { value } = await operation.guard(phase, this.#stdout.read());
      phase = "idle";
      return value;
    };
    return new PacketReader({ read }, operation.step, limit);
  }

  async #drain(): Promise<void> {
    for (let next = await this.#stdout.read(); !next.done; ) next = await this.#stdout.read();
  }
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      if (size < STDERR_BYTES) chunks.push(chunk);
      size += chunk.byteLength;
    }
  } catch {
    // The channel broke; what was said until then still counts.
  }
  return printable(Buffer.concat(chunks).subarray(0, STDERR_BYTES)).trim();
}

function nothingAfter(ms: number): Promise<readonly ["", undefined]> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(["", undefined]), ms).unref();
  });
}
