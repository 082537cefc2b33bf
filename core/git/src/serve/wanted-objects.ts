import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";
import { referencesOf } from "@vexil/plugin-api";
import { timeSlice } from "../objects/time-slice.js";
import type { CommitGraph } from "./commit-graph.js";
import { inBatches } from "./in-batches.js";
import { isReachable } from "./reachable.js";
import { lost, notOurs } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";

/** Objects that a client has asked for, sorted. */
export interface WantedObjects {
  /** Commits, and those that tags stand for. */
  readonly commits: readonly Oid[];
  /** All other objects that it named. */
  readonly others: ReadonlyMap<Oid, GitObjectType>;
}

/**
 * Looks whether a client may have what it wants: a ref is at it, or it is reachable from one.
 * @throws VexilError VEXIL_NOT_FOUND
 */
export async function wantedObjects(
  graph: CommitGraph,
  source: UploadSource,
  wants: ReadonlySet<Oid>,
): Promise<WantedObjects> {
  const tips = new Set(source.refs.values());
  const unsure: Pick<GitObject, "oid" | "type">[] = [];
  const commits = new Set<Oid>();
  const others = new Map<Oid, GitObjectType>();
  let found = await lookAt(source, [...wants]);
  for (const oid of wants) {
    const object = found.get(oid);
    if (object === undefined) {
      if (!source.mayLackFiles) throw notOurs(oid);
      // Nothing else is ever left to a remote.
      unsure.push({ oid, type: "blob" });
      others.set(oid, "blob");
    } else if (!tips.has(oid) && !source.recentTips.has(oid)) unsure.push(object);
  }
  const stranger = await isReachable(graph, source, unsure);
  if (stranger !== undefined) throw notOurs(stranger);
  // A tag may stand for a tag, however often.
  while (found.size > 0) {
    const named: Oid[] = [];
    for (const { oid, type, tagged } of found.values()) {
      if (type === "commit") commits.add(oid);
      else others.set(oid, type);
      if (tagged !== undefined) named.push(tagged);
    }
    found = await lookAt(source, named);
    for (const oid of named) if (!found.has(oid)) throw lost("object", oid);
  }
  return { commits: [...commits], others };
}

interface SeenObject {
  readonly oid: Oid;
  readonly type: GitObjectType;
  /** The object that a tag stands for. */
  readonly tagged: Oid | undefined;
}

/** Types of objects: their bytes are not kept, since any number of large ones may be named. */
async function lookAt({ read }: UploadSource, oids: readonly Oid[]): Promise<ReadonlyMap<Oid, SeenObject>> {
  const seen = new Map<Oid, SeenObject>();
  const pause = timeSlice();
  for await (const { oid, type, bytes } of inBatches(read, oids)) {
    seen.set(oid, { oid, type, tagged: type === "tag" ? referencesOf(type, bytes)[0] : undefined });
    await pause();
  }
  return seen;
}
