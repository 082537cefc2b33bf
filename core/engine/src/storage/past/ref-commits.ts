import type { Backend, GitObject, Oid, RefName } from "@vexil/plugin-api";
import { referencesOf } from "@vexil/plugin-api";

const PLACES = ["refs/tags/", "refs/heads/", "refs/remotes/"];
/** A tag may stand for another tag. */
const TAGS_DEEP = 10;

/** Refs that a name may stand for, as git looks for them: tags before branches (gitrevisions(7)). */
export function refsOf(name: string): readonly RefName[] {
  if (name.startsWith("refs/")) return PLACES.some((place) => name.startsWith(place)) ? [name] : [];
  const partly = /^(?:tags|heads|remotes)\/./.test(name) ? [`refs/${name}`] : [];
  return [...partly, ...PLACES.map((place) => `${place}${name}`)];
}

/** The object that a name stands for, among the refs that are here. */
export async function readNamedRef(
  { refs }: Pick<Backend, "refs">,
  name: string,
): Promise<{ readonly ref: RefName; readonly oid: Oid } | undefined> {
  for (const ref of refsOf(name)) {
    const oid = (await refs.list(ref)).get(ref);
    if (oid !== undefined) return { ref, oid };
  }
  return undefined;
}

/**
 * The commit that an object stands for: itself, or what an annotated tag names.
 * @returns undefined where it stands for none, or is not here
 */
export async function peel(oid: Oid, read: (oid: Oid) => Promise<GitObject | undefined>): Promise<Oid | undefined> {
  let named: Oid | undefined = oid;
  for (let depth = 0; depth < TAGS_DEEP && named !== undefined; depth += 1) {
    const object: GitObject | undefined = await read(named);
    if (object?.type === "commit") return named;
    if (object?.type !== "tag") return undefined;
    named = referencesOf("tag", object.bytes)[0];
    // What a tag names may not be stored: whether it is a commit is found where it is looked for.
    if (named !== undefined && (await read(named)) === undefined) return isOfCommit(object) ? named : undefined;
  }
  return undefined;
}

function isOfCommit({ bytes }: GitObject): boolean {
  return /^object [0-9a-f]{40}\ntype commit\n/.test(Buffer.from(bytes.subarray(0, 80)).toString("latin1"));
}
