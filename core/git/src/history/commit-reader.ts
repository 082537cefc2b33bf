import type { Backend, Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { CommitObject } from "isomorphic-git";
import type { CommitInfo } from "../repository-view.js";
import { OBJECT_FS_GITDIR, type ObjectFs, objectFs } from "./object-fs.js";

/** isomorphic-git's names for "not here": what history ends with where it is shallow, or another type of object. */
const NOT_A_COMMIT_HERE: ReadonlySet<unknown> = new Set(["NotFoundError", "ObjectTypeError"]);

/** Reads commits by isomorphic-git, which is loaded when the first one is asked for. */
export class CommitReader {
  readonly #fs: ObjectFs;
  /** isomorphic-git keeps what it parsed in here; never shared between repositories. */
  readonly #cache: object = {};

  constructor(backend: Backend) {
    this.#fs = objectFs(backend, "main");
  }

  /**
   * A commit as isomorphic-git sees it; undefined where it is not stored.
   * @returns "unreadable" for what it takes no account of (an encoding other than UTF-8) or refuses (a damaged author)
   */
  async read(oid: Oid): Promise<CommitInfo | "unreadable" | undefined> {
    const { default: git } = await import("isomorphic-git");
    try {
      const read = await git.readCommit({ fs: this.#fs, gitdir: OBJECT_FS_GITDIR, cache: this.#cache, oid });
      // A tag stands for its commit there; here it is none.
      if (read.oid !== oid) return undefined;
      return "encoding" in read.commit ? "unreadable" : commitInfo(oid, read.commit);
    } catch (error) {
      if (VexilError.is(error)) throw error;
      return NOT_A_COMMIT_HERE.has(codeOf(error)) ? undefined : "unreadable";
    }
  }
}

/** The extra header of this daemon's commits is beside the ones that the library's type names. */
function commitInfo(oid: Oid, commit: CommitObject & { readonly "vexil-instance"?: string }): CommitInfo {
  const identity = ({ name, email, timestamp }: CommitObject["author"]): CommitInfo["author"] => ({
    name,
    email,
    timestampMs: timestamp * 1000,
  });
  return {
    oid,
    tree: commit.tree,
    parents: commit.parent,
    message: commit.message,
    author: identity(commit.author),
    committer: identity(commit.committer),
    instance: commit["vexil-instance"],
  };
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}
