import type { GitObject, GitObjectType, Oid } from "@vexil/plugin-api";
import { referencesOf } from "@vexil/plugin-api";
import type { CommitGraph } from "./commit-graph.js";
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

/** A tag may stand for a tag. */
const TAGS_DEEP = 20;

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
  let found = await source.read([...wants]);
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
  for (let depth = 0; found.size > 0 && depth < TAGS_DEEP; depth += 1) {
    const named: Oid[] = [];
    for (const { oid, type, bytes } of found.values()) {
      if (type === "commit") commits.add(oid);
      else others.set(oid, type);
      if (type === "tag") named.push(...referencesOf(type, bytes));
    }
    found = named.length === 0 ? new Map() : await source.read(named);
    for (const oid of named) if (!found.has(oid)) throw lost("object", oid);
  }
  return { commits: [...commits], others };
}
