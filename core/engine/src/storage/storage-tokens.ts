import type { EnvironmentConfig, StorageConfig } from "@vexil/config/config";
import type { Remote } from "@vexil/git/remote/remote";
import type { Repository } from "@vexil/git/repository-view";
import type { Backend, BackendCapabilities } from "@vexil/plugin-api";
import { token } from "../di/token.js";
import type { Phase } from "../model/storage-phase.js";
import type { CommitStyle } from "./commit-style.js";
import type { CloneFollower } from "./fetch/clone-follower.js";
import type { DeepenedHistory } from "./fetch/deepened-history.js";
import type { RemoteSync } from "./fetch/remote-sync.js";
import type { StorageFetches } from "./fetch/storage-fetches.js";
import type { GitStorage } from "./git-storage.js";
import type { Timeline } from "./past/timeline.js";
import type { PublicRepository } from "./serve/public-repository.js";
import type { BranchPublisher } from "./state/branch-publisher.js";
import type { BranchSet } from "./state/branch-set.js";
import type { EnvironmentBuilder } from "./state/environment-builder.js";
import type { FilesReader } from "./state/environment-files.js";
import type { Pruner } from "./state/pruner.js";
import type { Rebuilder } from "./state/rebuilder.js";
import type { StateNotices } from "./state/state-notices.js";
import type { StorageState } from "./state/storage-state.js";
import type { UnservedNamespaces } from "./state/unserved-namespaces.js";
import type { WorkTreeState } from "./state/work-tree-state.js";
import type { StorageEvents } from "./storage-events.js";
import type { CommitSeals } from "./write/commit-seals.js";
import type { OwnCommits } from "./write/own-commits.js";
import type { PushTurns } from "./write/push-turns.js";
import type { SharedMark } from "./write/shared-mark.js";
import type { StorageWrites } from "./write/storage-writes.js";

// Names in the child container of one storage. Those above are given to it, those below are made in it.

/** The settings of one storage: what its child container is made for. */
export const StorageConfigToken = token<StorageConfig>("storage/config");
/** The configured environments of that storage. */
export const EnvironmentsToken = token<readonly EnvironmentConfig[]>("storage/environments");
export const CommitTemplateToken = token<string | undefined>("storage/commit-template");
export const SignerToken = token<CommitStyle["sign"]>("storage/signer");
export const BackendToken = token<Backend>("storage/backend");
export const CapabilitiesToken = token<BackendCapabilities>("storage/capabilities");
export const RemoteToken = token<Remote | undefined>("storage/remote");
export const GitStorageToken = token<GitStorage>("storage");

export const CommitStyleToken = token<CommitStyle>("storage/commit-style");
export const BranchSetToken = token<BranchSet>("storage/branches");
export const PhaseToken = token<Phase>("storage/phase");
export const RepositoryToken = token<Repository>("storage/repository");
export const FilesReaderToken = token<FilesReader>("storage/files");
/** Namespaces without a good state. */
export const UnservedToken = token<UnservedNamespaces>("storage/unserved");
export const EnvironmentBuilderToken = token<EnvironmentBuilder>("storage/environment-builder");
export const StorageEventsToken = token<StorageEvents>("storage/events");
export const NoticesToken = token<StateNotices>("storage/notices");
export const WorkTreeToken = token<WorkTreeState>("storage/work-tree");
export const OwnCommitsToken = token<OwnCommits>("storage/own-commits");
export const PublicRepositoryToken = token<PublicRepository>("storage/public-repository");
export const SealsToken = token<CommitSeals>("storage/seals");
export const SharedMarkToken = token<SharedMark | undefined>("storage/mark");
export const RemoteSyncToken = token<RemoteSync | undefined>("storage/sync");
export const CloneToken = token<CloneFollower | undefined>("storage/clone");
export const HistoryToken = token<DeepenedHistory>("storage/history");
export const TimelineToken = token<Timeline>("storage/timeline");
export const PrunerToken = token<Pruner>("storage/pruner");
export const PublisherToken = token<BranchPublisher>("storage/publisher");
export const RebuilderToken = token<Rebuilder>("storage/rebuilder");
export const StateToken = token<StorageState>("storage/state");
export const FetchesToken = token<StorageFetches>("storage/fetches");
export const PushTurnsToken = token<PushTurns>("storage/push-turns");
export const WritesToken = token<StorageWrites>("storage/writes");
