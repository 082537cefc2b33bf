import type { Repository } from "@vexil/git/repository-view";
import type { GitObject, Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";

const DECODER = new TextDecoder();

/** All objects that `tip` reaches and `base` does not, for a push. Without a base: all that `tip` reaches. */
export async function objectsBetween(
  repository: Repository,
  tip: Oid,
  base: Oid | undefined,
): Promise<readonly GitObject[]> {
  const known = new Set<Oid>();
  if (base !== undefined) await collect(repository, [base], known, false);
  return collect(repository, [tip], known, true);
}

/** @param history whether parents of commits are followed, until a known object */
async function collect(
  repository: Repository,
  from: readonly Oid[],
  known: Set<Oid>,
  history: boolean,
): Promise<readonly GitObject[]> {
  const found: GitObject[] = [];
  let level = from.filter((oid) => !known.has(oid));
  while (level.length > 0) {
    const objects = await repository.backend.objects.read(level);
    const next = new Set<Oid>();
    for (const oid of level) {
      known.add(oid);
      const object = objects.get(oid);
      if (object === undefined) {
        throw new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `object ${oid} is missing, so its commits cannot be pushed`);
      }
      found.push(object);
      for (const child of children(object, history)) if (!known.has(child)) next.add(child);
    }
    level = [...next];
  }
  return found;
}

function children(object: GitObject, history: boolean): readonly Oid[] {
  if (object.type === "commit") {
    const header = DECODER.decode(object.bytes).split("\n\n", 1)[0] ?? "";
    const links = [...header.matchAll(/^(tree|parent) ([0-9a-f]{40})$/gm)];
    return links.filter(([, kind]) => history || kind === "tree").map(([, , oid]) => oid ?? "");
  }
  return object.type === "tree" ? treeChildren(object.bytes) : [];
}

/** Entries of a tree but for submodules, whose commits live elsewhere. */
function treeChildren(bytes: Uint8Array): readonly Oid[] {
  const oids: Oid[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0, at);
    if (end < 0) break;
    const submodule = bytes[at] === 0x31 && bytes[at + 1] === 0x36;
    if (!submodule) oids.push(Buffer.from(bytes.subarray(end + 1, end + 21)).toString("hex"));
    at = end + 21;
  }
  return oids;
}
