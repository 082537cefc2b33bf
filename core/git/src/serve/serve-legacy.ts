import type { Oid } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import { AGENT } from "../protocol/capabilities.js";
import { FLUSH } from "../protocol/pkt-line.js";
import { CommitGraph } from "./commit-graph.js";
import { FetchArguments } from "./fetch-arguments.js";
import { historyBoundary } from "./history-boundary.js";
import { LegacyNegotiation } from "./legacy-negotiation.js";
import { boundaryLines, preparePack } from "./prepared-pack.js";
import type { RequestPackets } from "./request-packets.js";
import { gathered } from "./serve-refs.js";
import type { SideBand } from "./side-band.js";
import { peeledTags } from "./tag-ends.js";
import { badRequest } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";
import { wantedObjects } from "./wanted-objects.js";

const ZERO: Oid = "0".repeat(40);
const CAPABILITIES = [
  "multi_ack",
  "thin-pack",
  "side-band",
  "side-band-64k",
  "ofs-delta",
  "shallow",
  "deepen-since",
  "deepen-not",
  "deepen-relative",
  "no-progress",
  "include-tag",
  "multi_ack_detailed",
  "allow-tip-sha1-in-want",
  "allow-reachable-sha1-in-want",
  "no-done",
];

/** Tells all refs, as versions 0 and 1 begin (gitprotocol-pack(5)). */
export async function* greetLegacy(version: 0 | 1, source: UploadSource): AsyncGenerator<Uint8Array> {
  const { head, refs, shallow } = source;
  const tip = refs.get(head);
  const symbolic = tip === undefined ? [] : [`symref=HEAD:${head}`];
  const capabilities = [...CAPABILITIES, ...symbolic, "filter", "object-format=sha1", AGENT].join(" ");
  const peeled = await peeledTags(source);
  const told: string[] = tip === undefined ? [] : [`${tip} HEAD`];
  for (const [ref, oid] of refs) {
    told.push(`${oid} ${ref}`);
    const commit = peeled.get(ref);
    if (commit !== undefined) told.push(`${commit} ${ref}^{}`);
  }
  const [first = `${ZERO} capabilities^{}`, ...others] = told;
  const ends = [...(await new CommitGraph(source).read([...shallow])).keys()].map((oid) => `shallow ${oid}`);
  yield* gathered([...(version === 1 ? ["version 1"] : []), `${first}\0 ${capabilities}`, ...others, ...ends]);
  yield FLUSH;
}

/** Answers a request of version 0 or 1: what is wanted, then what the client has, as far as it has told by then. */
export async function* serveLegacyFetch(packets: RequestPackets, source: UploadSource): AsyncGenerator<Uint8Array> {
  const args = new FetchArguments();
  const features = await readWants(packets, args);
  if (args.wants.size === 0) return;
  const graph = new CommitGraph(source);
  const wanted = await wantedObjects(graph, source, args.wants);
  const negotiation = new LegacyNegotiation(graph, source, wanted, features);
  // A client that only asks where its history would end says no more for now.
  const negotiated = packets.isAtEnd ? undefined : await negotiation.run(packets);
  const isEnded = negotiated?.isEnded === true;
  const common = negotiation.common.all;
  const pack = isEnded ? await preparePack(graph, source, args, wanted, common) : undefined;
  if (args.deepens) {
    const boundary = pack?.boundary ?? boundaryLines(await historyBoundary(graph, source, args, wanted.commits));
    yield* gathered(boundary);
    yield FLUSH;
  }
  if (negotiated !== undefined) yield* gathered(negotiated.answers);
  if (pack === undefined) return;
  const band = bandOf(features);
  yield* pack.bytes(band);
  if (band !== undefined) yield FLUSH;
}

/** @returns the capabilities that the client uses */
async function readWants(packets: RequestPackets, args: FetchArguments): Promise<ReadonlySet<string>> {
  let features: ReadonlySet<string> | undefined;
  const pause = timeSlice();
  for (let line = packets.line(); line !== undefined; line = packets.line()) {
    let text = line;
    if (features === undefined && line.startsWith("want ")) {
      const words = line.split(/[ \0]+/);
      features = new Set(words.slice(2));
      text = words.slice(0, 2).join(" ");
      for (const word of features) args.flag(word);
    }
    if (text === "done" || !args.take(text)) throw badRequest(`unexpected line: '${line.slice(0, 80)}'`);
    await pause();
  }
  return features ?? new Set();
}

function bandOf(features: ReadonlySet<string>): SideBand {
  if (features.has("side-band-64k")) return 65_520;
  return features.has("side-band") ? 1000 : undefined;
}
