import { timeSlice } from "../objects/time-slice.js";
import { AGENT } from "../protocol/capabilities.js";
import { FLUSH, packet } from "../protocol/pkt-line.js";
import { RequestPackets } from "./request-packets.js";
import { FETCH_FEATURES, serveFetch } from "./serve-fetch.js";
import { greetLegacy, serveLegacyFetch } from "./serve-legacy.js";
import { serveRefs } from "./serve-refs.js";
import { badRequest } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";

export type ProtocolVersion = 0 | 1 | 2;

/** Lines before a command's arguments: its name, and capabilities. */
const HEAD_LINES = 100;

/** The version that a client asks for by the header `Git-Protocol`. */
export function protocolVersion(header: string | undefined): ProtocolVersion {
  const versions = [...(header ?? "").matchAll(/(?:^|:)version=([012])(?=:|$)/g)].map((match) => Number(match[1]));
  return Math.max(0, ...versions) as ProtocolVersion;
}

/** The greeting of `git-upload-pack` by HTTP (gitprotocol-http(5)): what it can do, before version 2 with all refs. */
export async function* greeting(version: ProtocolVersion, source: UploadSource): AsyncGenerator<Uint8Array> {
  if (version !== 2) {
    yield Buffer.concat([packet("# service=git-upload-pack"), FLUSH]);
    yield* greetLegacy(version, source);
    return;
  }
  const lines = ["version 2", AGENT, "ls-refs=unborn", `fetch=${FETCH_FEATURES}`, "object-format=sha1"];
  yield Buffer.concat([...lines.map((line) => packet(line)), FLUSH]);
}

/**
 * Tells whether a pack may be the answer to a request, which takes longer than any other.
 * @param body as much of it as its head has
 */
export function isPackRequest(version: ProtocolVersion, body: Buffer): boolean {
  if (version !== 2) return true;
  try {
    return readHead(new RequestPackets(body))?.name === "fetch";
  } catch {
    // What is wrong with it is told where it is answered.
    return false;
  }
}

/**
 * Answers a request to `git-upload-pack` by HTTP. What is wrong with the request rejects before the first piece.
 * @throws VexilError VEXIL_VALIDATION_REQUEST, VEXIL_NOT_FOUND
 */
export async function* answerUploadPack(
  version: ProtocolVersion,
  body: Buffer,
  source: UploadSource,
): AsyncGenerator<Uint8Array> {
  const packets = new RequestPackets(body);
  if (version !== 2) {
    yield* serveLegacyFetch(packets, source);
    return;
  }
  // git looks whether it may send at all by a request that says nothing.
  const command = readHead(packets);
  if (command === undefined) return;
  const lines = restOf(packets);
  if (command.name === "ls-refs") yield* serveRefs(source, command.hasArguments ? lines : none());
  else if (command.name === "fetch") yield* serveFetch(source, command.hasArguments ? lines : none());
  else throw badRequest(`unknown command ${JSON.stringify(command.name.slice(0, 80))}`);
}

function readHead(packets: RequestPackets): { readonly name: string; readonly hasArguments: boolean } | undefined {
  let name: string | undefined;
  for (let lines = 0; ; lines += 1) {
    const next = packets.next();
    if (next.type !== "data") {
      if (name !== undefined) return { name, hasArguments: next.type === "delimiter" };
      if (lines === 0 && next.type !== "delimiter") return undefined;
      throw badRequest("the request names no command");
    }
    if (lines >= HEAD_LINES) throw badRequest(`more than ${HEAD_LINES} lines come before the command's arguments`);
    const line = Buffer.from(next.payload).toString("utf8").trimEnd();
    if (line.startsWith("command=")) name = line.slice("command=".length);
    else if (line.startsWith("object-format=") && line !== "object-format=sha1") {
      throw badRequest(`mismatched object format: server sha1; client ${line.slice("object-format=".length, 80)}`);
    }
  }
}

/** Lines up to the flush packet. */
async function* restOf(packets: RequestPackets): AsyncGenerator<string> {
  const pause = timeSlice();
  for (let line = packets.line(); line !== undefined; line = packets.line()) {
    yield line;
    await pause();
  }
}

async function* none(): AsyncGenerator<string> {
  // A command without arguments.
}
