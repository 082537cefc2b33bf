import type { GitObject, Oid } from "../contract/backend.js";
import type { Identity, Repository } from "../git/repository-view.js";
import type { GitStorageParts } from "./git-storage.js";

const README = "# Feature flags\n\nThe flag state of this repository is kept in `<namespace>/features.yaml` files.\n";

/** Makes the first commit of a branch that does not exist (`flag-state.md` §4). The objects are stored. */
export async function makeSeedCommit(
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

/** Who makes the first commit, and when. */
export function authorship(parts: Pick<GitStorageParts, "config" | "now" | "instance">): {
  readonly author: Identity;
  readonly now: number;
  readonly instance: string;
} {
  const { name, email } = parts.config.signature;
  return { author: { name, email }, now: parts.now(), instance: parts.instance };
}
