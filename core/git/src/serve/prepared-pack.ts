import type { Oid } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import type { CommitGraph } from "./commit-graph.js";
import type { FetchArguments } from "./fetch-arguments.js";
import { type HistoryBoundary, historyBoundary } from "./history-boundary.js";
import { PackStream } from "./pack-stream.js";
import { planPack } from "./plan-pack.js";
import { type CommitSelection, selectCommits } from "./select-commits.js";
import { inBand, inSideBand, type SideBand } from "./side-band.js";
import type { UploadSource } from "./upload-source.js";
import type { WantedObjects } from "./wanted-objects.js";

/** An answer that is known up to the pack itself. */
export interface PreparedPack {
  /** Lines about where the client's history ends from now on. */
  readonly boundary: readonly string[];
  readonly bytes: (band: SideBand) => AsyncIterable<Uint8Array>;
}

/** Finds what a client lacks, and where its history is to end. */
export async function preparePack(
  graph: CommitGraph,
  source: UploadSource,
  args: FetchArguments,
  wanted: WantedObjects,
  common: ReadonlySet<Oid>,
): Promise<PreparedPack> {
  const boundary = await historyBoundary(graph, source, args, wanted.commits);
  const wants = [...wanted.commits, ...boundary.wants];
  const selection = await selectCommits(graph, wants, common, boundary.ends);
  const plan = await planPack(source, args, selection, wanted.others);
  return {
    boundary: boundaryLines(boundary, cutHere(source, args, selection, common)),
    async *bytes(band) {
      if (band !== undefined && !args.isQuiet) yield inBand(2, `Enumerating objects: ${plan.size}, done.\n`);
      try {
        yield* inSideBand(new PackStream(source, plan, args.hasOffsets).bytes(), band);
      } catch (error) {
        if (band !== undefined) yield inBand(3, `${toVexilError(error).message}\n`);
        throw error;
      }
    },
  };
}

/** Tells where history ends anew, and where not any more. */
export function boundaryLines({ shallow, unshallow }: HistoryBoundary, ours: readonly Oid[] = []): readonly string[] {
  return [
    ...[...new Set([...shallow, ...ours])].map((oid) => `shallow ${oid}`),
    ...unshallow.map((oid) => `unshallow ${oid}`),
  ];
}

/**
 * Commits on their way to the client at which history ends here. Not for one that has their parents already: its own
 * history goes on, and git refuses to move a branch to a commit that makes a history shallow that was not.
 */
function cutHere(
  { shallow }: UploadSource,
  args: FetchArguments,
  { commits }: CommitSelection,
  common: ReadonlySet<Oid>,
): readonly Oid[] {
  if (shallow.size === 0 || args.deepens) return [];
  const sent = new Set(commits.map(({ oid }) => oid));
  const isThere = (oid: Oid): boolean => common.has(oid) || sent.has(oid);
  return commits
    .filter(({ oid, parents }) => shallow.has(oid) && !args.shallow.has(oid) && !parents.every(isThere))
    .map(({ oid }) => oid);
}
