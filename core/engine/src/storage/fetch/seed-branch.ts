import type { StorageConfig } from "@vexil/config/config";
import type { Remote } from "@vexil/git/remote/remote";
import type { Identity, Repository } from "@vexil/git/repository-view";
import type { GitObject, Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import { headRef } from "../ref-names.js";
import { nearNames } from "../state/near-names.js";
import { objectsBetween } from "./objects-between.js";

const README = "# Feature flags\n\nThe flag state of this repository is kept in `<namespace>/features.yaml` files.\n";

/** Makes the first commit of a branch that does not exist. The objects are stored. */
async function makeSeedCommit(
  repository: Repository,
  options: { readonly author: Identity; readonly now: number; readonly instance: string },
): Promise<{ readonly oid: Oid; readonly objects: readonly GitObject[] }> {
  const commit = await repository.makeCommit({
    parents: [],
    baseTree: undefined,
    changes: new Map([["README.md", new TextEncoder().encode(README)]]),
    author: options.author,
    message: "add initial README",
    timestampMs: options.now,
    instance: options.instance,
  });
  await repository.backend.objects.write(commit.objects);
  return commit;
}

/** A first commit's storage. */
export interface Seeding {
  readonly config: StorageConfig;
  readonly clock: Clock;
  readonly repository: Repository;
  /** Mark of this daemon in the commits it makes. */
  readonly instance: string;
}

/** Author and time of the first commit. */
function authorship(parts: Omit<Seeding, "repository">): {
  readonly author: Identity;
  readonly now: number;
  readonly instance: string;
} {
  const { name, email } = parts.config.signature;
  return { author: { name, email }, now: parts.clock.now(), instance: parts.instance };
}

/**
 * A backend without anything gets its first commit; one that has other branches is not what was meant.
 * @returns the commit; undefined when another daemon has made it
 */
export async function seedBackend(parts: Seeding, signal: AbortSignal): Promise<Oid | undefined> {
  const { config, repository } = parts;
  const { refs, workTree } = repository.backend;
  const others = [...(await refs.list("refs/heads/")).keys()];
  // Another daemon on the same database may have made it since the look before.
  if (others.includes(headRef(config.branch))) return undefined;
  if (others.length > 0) {
    const names = others.map((ref) => ref.slice("refs/heads/".length));
    throw new VexilError(
      "VEXIL_UNAVAILABLE_REPOSITORY",
      `the repository has no branch "${config.branch}", only ${nearNames(config.branch, names)}; make it, or change storage.${config.id}.branch`,
      { details: { step: "ref" } },
    );
  }
  const seed = await makeSeedCommit(repository, authorship(parts));
  const reason = "commit (initial): add initial README";
  const update = { ref: headRef(config.branch), old: undefined, new: seed.oid, reason };
  const applied = await workTree?.apply(update, signal);
  if (applied?.type === "applied") return seed.oid;
  // Refused because another daemon was faster, or, again and again, for nothing: the backend's guard tells which.
  while (!(await refs.compareAndSwap([update]))) {
    signal.throwIfAborted();
    if ((await refs.list(update.ref)).has(update.ref)) return undefined;
  }
  return seed.oid;
}

/** Gives an empty remote its first commits: those that are here already, else a README. */
export async function seedRemote(remote: Remote, parts: Seeding, signal: AbortSignal): Promise<Oid> {
  const { config, repository } = parts;
  const ref = headRef(config.branch);
  const local = await repository.head(ref);
  const seed =
    local === undefined
      ? await makeSeedCommit(repository, authorship(parts))
      : { oid: local, objects: await objectsBetween(repository, local, undefined) };
  const result = await remote.push(
    { updates: [{ ref, old: undefined, new: seed.oid }], objects: seed.objects },
    signal,
  );
  const report = result.refs.get(ref);
  if (report?.ok !== false) return seed.oid;
  throw new VexilError(
    "VEXIL_REFUSED_PUSH",
    `the remote is empty and refuses its first commit on "${config.branch}": ${report.reason} ${result.messages}`.trim(),
    { details: { step: "push" } },
  );
}
