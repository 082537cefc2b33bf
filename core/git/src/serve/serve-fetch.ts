import type { Oid, RefName } from "@vexil/plugin-api";
import { DELIMITER, FLUSH, packet } from "../protocol/pkt-line.js";
import { CommitGraph } from "./commit-graph.js";
import { FetchArguments } from "./fetch-arguments.js";
import { CommonCommits } from "./negotiation.js";
import { preparePack } from "./prepared-pack.js";
import { badRequest, unknownRef } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";
import { wantedObjects } from "./wanted-objects.js";

/** Features of the command that clients are told of. */
export const FETCH_FEATURES = "shallow wait-for-done filter ref-in-want";

/** Answers the version 2 command `fetch` (gitprotocol-v2(5)). */
export async function* serveFetch(source: UploadSource, lines: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const args = new FetchArguments();
  for await (const line of lines) if (!args.take(line)) throw badRequest(`unexpected line: '${line.slice(0, 80)}'`);
  const named = new Map([...args.wantRefs].map((ref) => [ref, tipOf(source, ref)]));
  for (const oid of named.values()) args.wants.add(oid);
  if (args.wants.size === 0 && !args.waitsForDone) {
    yield FLUSH;
    return;
  }
  const graph = new CommitGraph(source);
  const wanted = await wantedObjects(graph, source, args.wants);
  const common = new CommonCommits(graph, source);
  const known = await common.take([...args.haves]);
  let acknowledged: readonly string[] | undefined;
  if (!args.isDone && args.haves.size > 0) {
    const isReady = !args.waitsForDone && (await isEnough(common, wanted));
    acknowledged = ["acknowledgments", ...acknowledgments(known), ...(isReady ? ["ready"] : [])];
    if (!isReady) {
      yield Buffer.concat([...acknowledged.map(packet), FLUSH]);
      return;
    }
  }
  const pack = await preparePack(graph, source, args, wanted, common.all);
  if (acknowledged !== undefined) yield Buffer.concat([...acknowledged.map(packet), DELIMITER]);
  if (pack.boundary.length > 0 || args.deepens) {
    yield Buffer.concat([...["shallow-info", ...pack.boundary].map((line) => packet(line)), DELIMITER]);
  }
  if (named.size > 0) {
    const lines = [...named].map(([ref, oid]) => `${oid} ${ref}`);
    yield Buffer.concat([...["wanted-refs", ...lines].map((line) => packet(line)), DELIMITER]);
  }
  yield packet("packfile");
  yield* pack.bytes(65_520);
  yield FLUSH;
}

function tipOf({ refs, head }: UploadSource, ref: RefName): Oid {
  const oid = refs.get(ref === "HEAD" ? head : ref);
  if (oid === undefined) throw unknownRef(ref);
  return oid;
}

const acknowledgments = (known: readonly Oid[]): readonly string[] =>
  known.length === 0 ? ["NAK"] : known.map((oid) => `ACK ${oid}`);

/** Tells whether a pack can be made; what is no commit has no history to have in common. */
async function isEnough(
  common: CommonCommits,
  { commits, others }: Awaited<ReturnType<typeof wantedObjects>>,
): Promise<boolean> {
  for (const type of others.values()) if (type !== "tag") return false;
  return common.suffices(commits);
}
