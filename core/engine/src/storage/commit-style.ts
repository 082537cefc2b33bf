import type { CommitSeals } from "./write/commit-seals.js";

/** How the commits that this daemon makes for a storage look. */
export interface CommitStyle {
  /** Mark of this daemon in the commits it makes. */
  readonly instance: string;
  /** The server's `templates.commit_message`; a repository's `flipt.yaml` overrides it. */
  readonly template: string | undefined;
  /** Proof of whose commits are. */
  readonly seals: CommitSeals;
  /** Signs commits, where the configuration asks for it. */
  readonly sign?: (payload: string) => Promise<string>;
}
