import type { Oid } from "@vexil/plugin-api";
import type { GraphCommit } from "./graph-commit.js";
import { lost } from "./upload-faults.js";
import type { UploadSource } from "./upload-source.js";

/** The commits of a repository, as far as somebody asks for them. */
export class CommitGraph {
  readonly #source: UploadSource;

  constructor(source: UploadSource) {
    this.#source = source;
  }

  /** Commits by id, in one read; what is not here, or is no commit, is absent. */
  async read(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, GraphCommit>> {
    const found = new Map<Oid, GraphCommit>();
    const missing: Oid[] = [];
    for (const oid of oids) {
      const known = this.#source.commits.get(oid);
      if (known === undefined) missing.push(oid);
      else found.set(oid, known);
    }
    if (missing.length === 0) return found;
    for (const [oid, { type, bytes }] of await this.#source.read(missing)) {
      if (type !== "commit") continue;
      const commit = parseGraphCommit(oid, bytes);
      this.#source.commits.set(oid, commit, 1 + commit.parents.length);
      found.set(oid, commit);
    }
    return found;
  }

  /** The same for commits that have to be here. @throws VexilError VEXIL_UNAVAILABLE_CORRUPT */
  async require(oids: readonly Oid[]): Promise<readonly GraphCommit[]> {
    const found = await this.read(oids);
    return oids.map((oid) => {
      const commit = found.get(oid);
      if (commit === undefined) throw lost("commit", oid);
      return commit;
    });
  }

  /** The parents of a commit that are part of this repository. */
  parents({ oid, parents }: GraphCommit): readonly Oid[] {
    return this.#source.shallow.has(oid) ? [] : parents;
  }
}

function parseGraphCommit(oid: Oid, bytes: Uint8Array): GraphCommit {
  const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = raw.indexOf("\n\n");
  const head = raw.toString("latin1", 0, end === -1 ? raw.byteLength : end);
  const tree = /^tree ([0-9a-f]{40})$/m.exec(head)?.[1];
  if (tree === undefined) throw lost("tree of commit", oid);
  const parents = [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map((match) => match[1] as Oid);
  return { oid, tree, parents, seconds: Number(/^committer .*> (\d+)/m.exec(head)?.[1] ?? 0) };
}
