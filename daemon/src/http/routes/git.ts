import type { Config } from "@vexil/config/config";
import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { packet } from "@vexil/git/protocol/pkt-line";
import { SHARED_REQUEST_BYTES } from "@vexil/git/serve/shared-answers";
import { answerUploadPack, greeting, isPackRequest, protocolVersion } from "@vexil/git/serve/upload-pack";
import type { UploadSource } from "@vexil/git/serve/upload-source";
import type { Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { GitAnswers } from "../git/git-answers.js";
import { PackTurns } from "../git/pack-turns.js";
import { REQUEST_BYTES, requestBytes, requestHead } from "../git/request-bytes.js";
import { visibleStorage } from "../git/visible-storage.js";
import type { Answer, Route, RouteRequest } from "../route.js";

/** Dependencies of the git routes. */
export interface GitRouteOptions {
  readonly engine: Pick<Engine, "upload">;
  readonly snapshots: SnapshotReader;
  readonly config: () => Config;
  readonly logger: Logger;
}

const RESULT = "application/x-git-upload-pack-result";
const ADVERTISEMENT = "application/x-git-upload-pack-advertisement";

/** Storages as git clients clone and fetch them (gitprotocol-http(5)); nothing is pushed here. */
export function gitRoutes({ engine, snapshots, config, logger }: GitRouteOptions): readonly Route[] {
  const answers = new GitAnswers(engine, logger);
  const [packs, others] = [new PackTurns(), new PackTurns()];
  const shared = { access: "token", action: "read", place: "answer", isAvailable: () => false } as const;
  const storageOf = async (request: RouteRequest): Promise<string> => {
    if (!config().server.git.enabled) throw new VexilError("VEXIL_NOT_FOUND", "git is not served (server.git.enabled)");
    return visibleStorage(snapshots, request);
  };
  /** Those that ask for the same take one turn. */
  const upload = async (storage: string, request: RouteRequest, body: Buffer): Promise<Answer> => {
    const inTurn = async function* (source: UploadSource, signal: AbortSignal): AsyncGenerator<Uint8Array> {
      const ended = await packs.take(request, signal);
      try {
        yield* answerUploadPack(2, body, source);
      } finally {
        ended();
      }
    };
    const pieces = (source: UploadSource, signal: AbortSignal): AsyncIterable<Uint8Array> =>
      source.answers.of(body, () => inTurn(source, signal), signal);
    return answers.begin({ storage, request, contentType: RESULT, pieces }).catch(refusal);
  };
  return [
    {
      ...shared,
      method: "GET",
      path: "/git/{storage}/info/refs",
      summary: "Greets git clients.",
      query: { service: "`git-upload-pack`." },
      answers: { 200: { description: "Capabilities, and refs.", contents: [{ type: ADVERTISEMENT }] } },
      handle: async (request) => {
        const storage = await storageOf(request);
        const service = request.query.get("service");
        if (service !== "git-upload-pack") throw notServed(service);
        const version = protocolVersion(headerOf(request, "git-protocol"));
        const pieces = greeting.bind(undefined, version);
        const ended = await others.take(request, request.signal);
        return answers.begin({ storage, request, contentType: ADVERTISEMENT, pieces }, ended);
      },
    },
    {
      ...shared,
      method: "POST",
      path: "/git/{storage}/git-upload-pack",
      summary: "Sends refs and packs to git clients.",
      rawBody: true,
      bodyLimit: REQUEST_BYTES,
      answers: { 200: { description: "What was asked for.", contents: [{ type: RESULT }] } },
      handle: async (request) => {
        const storage = await storageOf(request);
        const version = protocolVersion(headerOf(request, "git-protocol"));
        const isShared = version === 2 && isShareable(request);
        // What waits is as small as it came.
        const isPack = isPackRequest(version, await requestHead(request));
        if (isPack && isShared) return upload(storage, request, await requestBytes(request));
        const ended = await (isPack ? packs : others).take(request, request.signal);
        const body = await requestBytes(request).catch((error: unknown) => {
          ended();
          throw error;
        });
        try {
          if (isPackRequest(version, body) !== isPack) throw wrongOrder();
          const pieces = answerUploadPack.bind(undefined, version, body);
          return await answers.begin({ storage, request, contentType: RESULT, pieces }, ended);
        } catch (error) {
          ended();
          return refusal(error);
        }
      },
    },
    {
      ...shared,
      method: "POST",
      path: "/git/{storage}/git-receive-pack",
      summary: "Refuses pushes.",
      rawBody: true,
      bodyLimit: REQUEST_BYTES,
      answers: {},
      handle: async (request) => {
        await storageOf(request);
        throw notServed("git-receive-pack");
      },
    },
  ];
}

/** Tells whether a request is small, and comes as it is. */
function isShareable(request: RouteRequest): boolean {
  return request.bytes.byteLength <= SHARED_REQUEST_BYTES && headerOf(request, "content-encoding") === undefined;
}

function wrongOrder(): VexilError {
  return new VexilError("VEXIL_VALIDATION_REQUEST", "the request's command does not come first");
}

function notServed(service: string | null): VexilError {
  return service === "git-receive-pack"
    ? new VexilError("VEXIL_REFUSED_UNIMPLEMENTED", "this is for reading: push to the storage's remote, or use the API")
    : new VexilError("VEXIL_VALIDATION_REQUEST", "git's smart protocol is served alone (service=git-upload-pack)");
}

/** Says what is wrong with a request in git's own form, which clients print. */
function refusal(error: unknown): Answer {
  if (!VexilError.is(error) || (error.kind !== "validation" && error.kind !== "not-found")) throw error;
  const words = packet(Buffer.from(`ERR ${error.message}`));
  return {
    status: 200,
    open: (response) => response.writeHead(200, { "Content-Type": RESULT, "Content-Length": words.length }).end(words),
  };
}

function headerOf({ headers }: RouteRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
