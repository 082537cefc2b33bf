import type { Oid, RefName } from "@vexil/plugin-api";
import { type FailureStep, VexilError } from "@vexil/plugin-api/errors";
import { PackReceiver } from "../objects/pack-receiver.js";
import { writePack } from "../objects/pack-writer.js";
import { type Advertisement, type Capabilities, readAdvertisement } from "../protocol/capabilities.js";
import { canFilter, canWantRefs, packRequest, readPack } from "../protocol/fetch-pack.js";
import { isUnder, lsRefsRequest, readLsRefs } from "../protocol/ls-refs.js";
import { pushCommands, readReport } from "../protocol/send-pack.js";
import { type Conversation, REFS_BYTES, type Service, type Transport } from "../transport/transport.js";
import { unexpected } from "../wire-errors.js";
import { Operation } from "./operation.js";
import type {
  FetchRequest,
  FetchResult,
  PushRequest,
  PushResult,
  Remote,
  RemoteRefs,
  RemoteTimeouts,
} from "./remote.js";

/** The first load of a repository may take this many times the total deadline. */
const FIRST_LOAD_FACTOR = 10;
const REPORT_BYTES = 4 * 1024 * 1024;

/** Of a fetch that the remote was not asked for. */
const NOTHING: FetchResult = { shallow: [], unshallow: [], bytes: 0, filtered: false };

export interface GitRemoteOptions {
  readonly displayUrl: string;
  readonly transport: Transport;
  readonly timeouts: RemoteTimeouts;
  /** Bytes of a received pack at most, and of its objects. */
  readonly packBytes: number;
}

/** git's protocol, versions 2 and 0, over whatever transport: the three operations and nothing else. */
export class GitRemote implements Remote {
  readonly displayUrl: string;
  readonly #options: GitRemoteOptions;
  #lastRefs = "";

  constructor(options: GitRemoteOptions) {
    this.displayUrl = options.displayUrl;
    this.#options = options;
  }

  async listRefs(prefixes: readonly RefName[], signal: AbortSignal): Promise<RemoteRefs> {
    return this.#run("git-upload-pack", "ref", this.#options.timeouts.totalMs, signal, async (talk, operation) => {
      const answer = await askForRefs(talk, operation, prefixes);
      // When something moved a fetch follows at once: a stream's channel is then worth keeping.
      const seen = JSON.stringify([...answer.refs]);
      const expectMore = seen !== this.#lastRefs;
      this.#lastRefs = seen;
      return { result: answer, expectMore };
    });
  }

  async fetch(request: FetchRequest, signal: AbortSignal): Promise<FetchResult> {
    const factor = request.haves.length === 0 ? FIRST_LOAD_FACTOR : 1;
    const totalMs = this.#options.timeouts.totalMs * factor;
    return this.#run("git-upload-pack", "pack", totalMs, signal, async (talk, operation) => ({
      result: await this.#fetch(talk, operation, request),
      expectMore: request.withoutBlobs === true,
    }));
  }

  async push(request: PushRequest, signal: AbortSignal): Promise<PushResult> {
    const pack = request.updates.some((update) => update.new !== undefined)
      ? await writePack(request.objects)
      : undefined;
    const { pushMs } = this.#options.timeouts;
    let sent = false;
    const pushed = this.#run("git-receive-pack", "push", pushMs, signal, async (talk, operation) => {
      const capabilities = talk.capabilities ?? (await greet(talk, operation));
      const commands = pushCommands(capabilities, request);
      operation.waitForHooks();
      sent = true;
      const reader = await talk.request(operation, pack === undefined ? [commands] : [commands, pack], REPORT_BYTES);
      const result = await readReport(reader, capabilities, request);
      await talk.endAnswer(reader);
      return { result, expectMore: false };
    });
    return pushed.catch((error: unknown) => {
      throw sent || !VexilError.is(error) ? error : neverSent(error);
    });
  }

  async close(): Promise<void> {
    await this.#options.transport.close();
  }

  async #fetch(talk: Conversation, operation: Operation, request: FetchRequest): Promise<FetchResult> {
    const capabilities = talk.capabilities ?? (await greet(talk, operation));
    const { wantRefs = [] } = request;
    if (wantRefs.length > 0 && !canWantRefs(capabilities)) return NOTHING;
    const wanted = {
      wants: request.wants,
      wantRefs,
      haves: request.haves,
      shallow: request.shallow,
      depth: request.depth,
      withoutBlobs: request.withoutBlobs === true,
    };
    const receiver = new PackReceiver(this.#options.packBytes);
    try {
      const reader = await talk.request(operation, [packRequest(capabilities, wanted)], this.#options.packBytes);
      const answer = await readPack(reader, capabilities, wanted, (chunk) => {
        request.onProgress?.(reader.received);
        return receiver.take(chunk);
      });
      await talk.endAnswer(reader);
      if (wantRefs.length > 0) request.onRefs?.(answer.refs);
      await operation.untilAborted(receiver.finish(request.readBase, request.store));
      return {
        shallow: answer.shallow,
        unshallow: answer.unshallow,
        bytes: reader.received,
        filtered: wanted.withoutBlobs && canFilter(capabilities),
      };
    } finally {
      await receiver.close();
    }
  }

  /** One operation: its deadlines, its conversation, and errors that name the remote. */
  async #run<T>(
    service: Service,
    step: FailureStep,
    totalMs: number,
    signal: AbortSignal,
    work: (talk: Conversation, operation: Operation) => Promise<{ readonly result: T; readonly expectMore: boolean }>,
  ): Promise<T> {
    const operation = new Operation({ step, timeouts: this.#options.timeouts, totalMs, signal });
    let talk: Conversation | undefined;
    try {
      talk = await this.#options.transport.open(service, operation, { reuse: step === "pack" });
      const { result, expectMore } = await work(talk, operation);
      talk.release({ expectMore });
      return result;
    } catch (error) {
      const explained = operation.explain(talk === undefined ? error : await talk.fail(error, operation));
      throw this.#named(explained, step);
    } finally {
      operation.end();
    }
  }

  #named(error: VexilError, step: FailureStep): VexilError {
    const details = error.details.step === undefined ? { ...error.details, step } : error.details;
    return new VexilError(error.code, `${this.displayUrl}: ${error.message}`, { details, cause: error });
  }
}

/** The push had not begun: whatever went wrong, the remote has nothing of it. */
function neverSent(error: VexilError): VexilError {
  return new VexilError(error.code, error.message, { details: { ...error.details, sent: false }, cause: error });
}

async function greet(talk: Conversation, operation: Operation): Promise<Capabilities> {
  return hear(talk, operation, () => false);
}

async function hear(
  talk: Conversation,
  operation: Operation,
  wanted: (ref: RefName) => boolean,
): Promise<Advertisement & { readonly bytes: number }> {
  const reader = await talk.greet(operation);
  const advertisement = await readAdvertisement(reader, wanted);
  await talk.endAnswer(reader);
  talk.capabilities = { version: advertisement.version, names: advertisement.names };
  return { ...advertisement, bytes: reader.received };
}

/** Version 2 asks for what is wanted only; version 0 lists everything in its greeting. */
async function askForRefs(
  talk: Conversation,
  operation: Operation,
  prefixes: readonly RefName[],
): Promise<{ readonly refs: ReadonlyMap<RefName, Oid>; readonly bytes: number }> {
  let bytes = 0;
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (talk.capabilities?.version !== 2) {
      const advertisement = await hear(talk, operation, (ref) => isUnder(ref, prefixes));
      bytes += advertisement.bytes;
      if (advertisement.version !== 2) return { refs: advertisement.refs, bytes };
    }
    const capabilities = talk.capabilities as Capabilities;
    const reader = await talk.request(operation, [lsRefsRequest(capabilities, prefixes)], REFS_BYTES);
    const refs = await readLsRefs(reader, prefixes);
    bytes += reader.received;
    if (refs !== undefined) {
      await talk.endAnswer(reader);
      return { refs, bytes };
    }
    // An empty answer never means "no such branch" but "no version 2 here": the greeting is heard again.
    talk.capabilities = undefined;
  }
  throw unexpected(operation.step, "it announces version 2 and then does not answer");
}
