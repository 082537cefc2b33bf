import type { Quarantined } from "@vexil/flags/compile/snapshot";
import type { Oid, RefName } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import type { BranchesOverLimit } from "../storage/state/choose-branches.js";
import type { FailingTests } from "../storage/state/failing-tests.js";
import type { MissingDirectory } from "../storage/state/missing-directory.js";
import type { UnservedNamespace } from "../storage/state/unserved-namespaces.js";
import type { StoragePhase } from "./storage-phase.js";

/** Fields of every event. */
export interface StorageEvent {
  readonly storage: string;
  readonly correlationId?: string;
  /** All the requests whose work it is, where there are several. */
  readonly correlationIds?: readonly string[];
  /** The request that has caused it, and all of them where there are several. */
  readonly requestId?: string;
  readonly requestIds?: readonly string[];
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Events of storages, discriminated by `type`; switches over it end in `satisfies never`. */
export type SyncEvent =
  | (StorageEvent & {
      readonly type: "snapshot.built";
      /** Short name of the branch that was built. */
      readonly branch: string;
      readonly environments: readonly string[];
      readonly revision: Oid;
      readonly quarantined: readonly Quarantined[];
      /** Paths of files that have not been read yet. */
      readonly unread: readonly string[];
      readonly tests: FailingTests;
      readonly files: number;
      readonly flags: number;
      readonly durationMs: number;
    })
  /** Ends with `fetch.succeeded` or `fetch.failed` of the same correlation id, unless the storage drains. */
  | (StorageEvent & { readonly type: "poll.began" })
  | (StorageEvent & {
      readonly type: "fetch.succeeded";
      readonly revision: Oid | undefined;
      readonly changed: boolean;
      readonly bytes: number;
      readonly durationMs: number;
      readonly nextAt: number;
    })
  | (StorageEvent & { readonly type: "fetch.failed"; readonly error: VexilError; readonly nextAt: number })
  | (StorageEvent & {
      readonly type: "rebuild.succeeded";
      readonly revision: Oid;
      readonly changed: boolean;
      /** Another daemon polls the remote; this one follows the backend. */
      readonly following: boolean;
      readonly uncommitted: readonly string[];
      readonly blocked?: { readonly code: string; readonly reason: string };
    })
  | (StorageEvent & { readonly type: "rebuild.failed"; readonly error: VexilError })
  /** The backend is away at start; it is tried again at `nextAt`. */
  | (StorageEvent & { readonly type: "open.failed"; readonly error: VexilError; readonly nextAt: number })
  | (StorageEvent & {
      readonly type: "write.committed";
      /** {@link WriteRequest.id} of the write that it answers. */
      readonly request: string;
      /** `Actor.id` of whoever asked for it. */
      readonly actor?: string;
      readonly environment: string;
      readonly revision: Oid;
      readonly summary: string;
      readonly pushed: boolean;
      readonly durationMs: number;
    })
  /** A write that changes nothing: the revision is that of the state it met. */
  | (StorageEvent & {
      readonly type: "write.unchanged";
      readonly request: string;
      readonly actor?: string;
      readonly environment: string;
      readonly revision: Oid;
    })
  | (StorageEvent & {
      readonly type: "write.failed";
      readonly request: string;
      readonly actor?: string;
      readonly environment: string;
      readonly error: VexilError;
    })
  /** Polls that were asked for have ended, or what stands for them where this daemon does not poll. */
  | (StorageEvent & {
      readonly type: "nudge.answered";
      readonly nudges: readonly string[];
      readonly error?: VexilError;
    })
  /** @property error why it closed, where nobody wanted it to */
  | (StorageEvent & { readonly type: "phase.changed"; readonly phase: StoragePhase; readonly error?: VexilError })
  /** The remote took the commits of a group of writes. */
  | (StorageEvent & {
      readonly type: "push.succeeded";
      readonly ref: RefName;
      readonly revision: Oid;
      readonly commits: number;
      readonly durationMs: number;
    })
  /** On a shared backend one daemon polls the remote: whether it is this one. */
  | (StorageEvent & { readonly type: "lease.changed"; readonly held: boolean })
  /** A local commit that a remote's history replaces was set aside. */
  | (StorageEvent & {
      readonly type: "commit.kept";
      readonly commit: Oid;
      readonly ref: string;
      readonly reason: string;
    })
  /** An empty repository, or remote (`pushed`), was given its first commit. */
  | (StorageEvent & {
      readonly type: "branch.seeded";
      readonly branch: string;
      readonly revision: Oid;
      readonly pushed: boolean;
    })
  /** Which environments' directories are not there has changed. */
  | (StorageEvent & { readonly type: "directories.missing"; readonly missing: readonly MissingDirectory[] })
  /** Which namespaces there is no good state of has changed. */
  | (StorageEvent & {
      readonly type: "namespaces.unserved";
      readonly unserved: readonly UnservedNamespace[];
      /** How many there are besides. */
      readonly omitted: number;
    })
  /** Which branches are not served, since there are more than the limits allow, has changed. */
  | (StorageEvent & { readonly type: "branches.limited"; readonly overLimit: readonly BranchesOverLimit[] })
  | (StorageEvent & {
      readonly type: "branch.appeared" | "branch.vanished";
      /** Where a caller made or deleted it here. */
      readonly actor?: string;
      readonly environment: string;
      readonly ref: string;
    });
