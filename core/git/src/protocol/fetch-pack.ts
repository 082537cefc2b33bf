import type { Oid, RefName } from "@vexil/plugin-api";
import { corrupt, endless, remoteSaid, truncated, unexpected } from "../wire-errors.js";
import { AGENT, type Capabilities, commandHead, hasFetchFeature } from "./capabilities.js";
import { DELIMITER, FLUSH, type PacketReader, packet, textOf } from "./pkt-line.js";

export interface PackRequest {
  readonly wants: readonly Oid[];
  /** Wanted at whatever they are at; see {@link canWantRefs}. */
  readonly wantRefs: readonly RefName[];
  readonly haves: readonly Oid[];
  readonly shallow: readonly Oid[];
  readonly depth: number | undefined;
  readonly withoutBlobs: boolean;
}

export interface PackAnswer {
  readonly shallow: readonly Oid[];
  readonly unshallow: readonly Oid[];
  /** Wanted refs, and where they are. */
  readonly refs: ReadonlyMap<RefName, Oid>;
}

/** Takes the pack's bytes as they come; what it returns is waited for. */
export type PackSink = (chunk: Uint8Array) => Promise<void> | undefined;

/** git's own value for "all of history". */
const INFINITE_DEPTH = 0x7f_ff_ff_ff;

/**
 * Asks for everything in one go: wants, boundary, haves and `done`, so that no round of negotiation is needed. The same
 * bytes go over HTTP and over a stream.
 */
export function packRequest(capabilities: Capabilities, request: PackRequest): Buffer {
  return capabilities.version === 2 ? requestV2(capabilities, request) : requestV0(capabilities, request);
}

/** Tells whether the server will leave blobs out when asked to. */
export function canFilter(capabilities: Capabilities): boolean {
  // In version 0 the blobs left out could not be asked for afterwards, since wants must be tips of refs there.
  return capabilities.version === 2 && hasFetchFeature(capabilities, "filter");
}

/** Tells whether refs may be wanted by their names. */
export function canWantRefs(capabilities: Capabilities): boolean {
  return capabilities.version === 2 && hasFetchFeature(capabilities, "ref-in-want");
}

function depthLines(request: PackRequest): readonly string[] {
  const lines = request.shallow.map((oid) => `shallow ${oid}`);
  if (request.depth === undefined) return lines;
  return [...lines, `deepen ${Math.min(request.depth, INFINITE_DEPTH)}`];
}

function requestV2(capabilities: Capabilities, request: PackRequest): Buffer {
  const lines = [
    "thin-pack",
    "ofs-delta",
    "no-progress",
    ...request.wants.map((oid) => `want ${oid}`),
    ...request.wantRefs.map((ref) => `want-ref ${ref}`),
    ...(hasFetchFeature(capabilities, "shallow") ? depthLines(request) : []),
    ...(request.withoutBlobs && canFilter(capabilities) ? ["filter blob:none"] : []),
    ...request.haves.map((oid) => `have ${oid}`),
    "done",
  ];
  return Buffer.concat([
    ...commandHead("fetch", capabilities).map(packet),
    DELIMITER,
    ...lines.map((line) => packet(line)),
    FLUSH,
  ]);
}

function requestV0(capabilities: Capabilities, request: PackRequest): Buffer {
  const names = ["side-band-64k", "thin-pack", "ofs-delta", "no-progress"].filter((name) =>
    capabilities.names.has(name),
  );
  if (capabilities.names.has("agent")) names.push(AGENT);
  // Without multi_ack the server answers the haves with exactly one line, which every server can do.
  const wants = request.wants.map((oid, index) => packet(`want ${oid}${index === 0 ? ` ${names.join(" ")}` : ""}`));
  return Buffer.concat([
    ...wants,
    ...(capabilities.names.has("shallow") ? depthLines(request) : []).map((line) => packet(line)),
    FLUSH,
    ...request.haves.map((oid) => packet(`have ${oid}`)),
    packet("done"),
  ]);
}

/** Reads the answer: the moved boundary, then the pack, which goes to `sink`. */
export async function readPack(
  reader: PacketReader,
  capabilities: Capabilities,
  request: PackRequest,
  sink: PackSink,
): Promise<PackAnswer> {
  return capabilities.version === 2
    ? readPackV2(reader, sink)
    : readPackV0(reader, capabilities, request.depth !== undefined, sink);
}

async function readPackV2(reader: PacketReader, sink: PackSink): Promise<PackAnswer> {
  const boundary = new Boundary();
  for (;;) {
    const section = await reader.line();
    if (section === "packfile") {
      await readSideBand(reader, sink);
      return boundary;
    }
    if (section === undefined) throw unexpected(reader.step, "the answer holds no pack");
    for (let line = await reader.line(); line !== undefined; line = await reader.line()) {
      if (section === "shallow-info") boundary.take(reader, line);
      else if (section === "wanted-refs") boundary.name(reader, line);
    }
  }
}

async function readPackV0(
  reader: PacketReader,
  capabilities: Capabilities,
  deepened: boolean,
  sink: PackSink,
): Promise<PackAnswer> {
  const boundary = new Boundary();
  if (deepened && capabilities.names.has("shallow")) {
    for (let line = await reader.line(); line !== undefined; line = await reader.line()) boundary.take(reader, line);
  }
  const acknowledged = await reader.line();
  if (acknowledged === undefined || !/^(?:NAK|ACK )/.test(acknowledged)) {
    throw unexpected(reader.step, `${JSON.stringify(acknowledged ?? "a flush")} where NAK or ACK belongs`);
  }
  if (capabilities.names.has("side-band-64k")) await readSideBand(reader, sink);
  else for (let chunk = await reader.raw(); chunk !== undefined; chunk = await reader.raw()) await sink(chunk);
  return boundary;
}

/** Side band (gitprotocol-pack(5)): 1 the pack, 2 progress, 3 a fatal error; ends with a flush. */
async function readSideBand(reader: PacketReader, sink: PackSink): Promise<void> {
  for (;;) {
    const next = await reader.next();
    if (next.type === "end") throw truncated(reader.step);
    if (next.type !== "data") return;
    const [band] = next.payload;
    if (band === 1) await sink(next.payload.subarray(1));
    else if (band === 3) throw remoteSaid(reader.step, textOf(next.payload.subarray(1)));
    else if (band !== 2 && band !== undefined) throw corrupt(reader.step, `side band ${band}`);
  }
}

/** Each branch that is fetched cuts its history at a few commits. */
const BOUNDARY_LINES = 100_000;

class Boundary implements PackAnswer {
  readonly shallow: Oid[] = [];
  readonly unshallow: Oid[] = [];
  readonly refs = new Map<RefName, Oid>();

  take(reader: PacketReader, line: string): void {
    const match = /^(shallow|unshallow) ([0-9a-f]{40})$/.exec(line);
    if (match === null) throw corrupt(reader.step, `a boundary line ${JSON.stringify(line.slice(0, 80))}`);
    this[match[1] as "shallow" | "unshallow"].push(match[2] as Oid);
    if (this.shallow.length + this.unshallow.length > BOUNDARY_LINES)
      throw endless(reader.step, "the list of its boundary");
  }

  name(reader: PacketReader, line: string): void {
    const match = /^([0-9a-f]{40}) (\S+)$/.exec(line);
    if (match === null) throw corrupt(reader.step, `a ref line ${JSON.stringify(line.slice(0, 80))}`);
    this.refs.set(match[2] as RefName, match[1] as Oid);
    if (this.refs.size > BOUNDARY_LINES) throw endless(reader.step, "the list of its refs");
  }
}
