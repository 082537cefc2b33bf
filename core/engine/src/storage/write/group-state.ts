import type { StorageConfig } from "@vexil/config/config";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { BuildResult } from "@vexil/flags/compile/snapshot-builder";
import type { Repository } from "@vexil/git/repository-view";
import type { GitObject, Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import type { Clock } from "../../model/clock.js";
import type { CommitStyle } from "../commit-style.js";
import type { ServedBranch } from "../state/branch-set.js";
import type { EnvironmentBuilder, StateAhead } from "../state/environment-builder.js";
import { type Edits, type EnvironmentState, type FilesReader, NO_EDITS } from "../state/environment-files.js";
import type { FileTable } from "../state/known-heads.js";
import type { SnapshotStore } from "../state/snapshot-store.js";
import type { Marker } from "./shared-mark.js";

/** The write's own file is read for itself. */
const NOBODY: ReadonlySet<string> = new Set();

/** Things that all groups of a storage are prepared with. */
export interface PrepareTools {
  readonly config: StorageConfig;
  readonly repository: Repository;
  readonly reader: FilesReader;
  readonly builder: EnvironmentBuilder;
  readonly snapshots: SnapshotStore;
  readonly style: CommitStyle;
  readonly clock: Clock;
}

/** Things that one group of writes is prepared with. */
export interface PrepareContext {
  readonly tools: PrepareTools;
  /** Uncommitted edits of the work tree, where the branch is checked out. */
  readonly edits: Edits;
  readonly signal: AbortSignal;
  /** Until when files are waited for that the writes do not change. */
  readonly hurriedUntil: number;
  /** Makes a commit of the past readable, deepening history if needed. */
  readonly reach: (revision: string) => Promise<Oid | undefined>;
  /** Marks the commits of a shared backend. */
  readonly marker: Marker | undefined;
}

/** An environment while writes are applied to it. */
export interface OpenEnvironment extends EnvironmentState {
  /** The state that was served when it was opened. */
  readonly served: Snapshot | undefined;
  /** The state that its last write was checked by. */
  readonly result: BuildResult | undefined;
}

/** The state that grows while the writes of a group are applied one after the other. */
export interface GroupState {
  readonly branch: ServedBranch;
  readonly base: Oid;
  head: Oid;
  tree: Oid;
  files: FileTable;
  /** Environment key → its state with the group's writes so far. */
  readonly environments: Map<string, OpenEnvironment>;
  /** Objects of the commits so far that are not stored yet: one call stores those of many commits. */
  unstored: readonly GitObject[];
}

/**
 * The state that the writes of a group begin with: the branch's head.
 * @throws VexilError VEXIL_UNAVAILABLE_STORAGE while there is none
 */
export async function openGroup(branch: ServedBranch, { tools }: PrepareContext): Promise<GroupState> {
  const { head: base, files } = branch.known;
  const commit = base === undefined ? undefined : await tools.repository.readCommit(base);
  if (base === undefined || commit === undefined) {
    throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `storage ${tools.config.id} has no state yet; try again soon`);
  }
  return { branch, base, head: base, tree: commit.tree, files, environments: new Map(), unstored: [] };
}

/** States that are ready to be served once the group has landed. */
export function statesAhead({ head, environments }: GroupState): ReadonlyMap<string, StateAhead> {
  const states = new Map<string, StateAhead>();
  for (const [key, { revision, files, served, result }] of environments) {
    if (revision !== head || served === undefined || result === undefined) continue;
    states.set(key, { committed: files.current, served, result });
  }
  return states;
}

/** Stores the objects of the commits so far. */
export async function storeCommits(state: GroupState, { tools, signal }: PrepareContext): Promise<void> {
  if (state.unstored.length === 0) return;
  const { objects } = tools.repository.backend;
  await objects.write(state.unstored, signal);
  state.unstored = [];
  if (!(await objects.read([state.head], signal)).has(state.head)) {
    throw new VexilError("VEXIL_UNAVAILABLE_CORRUPT", `the commit ${state.head} just written cannot be read back`);
  }
}

/** The state of an environment with what the group has made so far. */
export async function environmentState(
  key: string,
  state: GroupState,
  context: PrepareContext,
): Promise<OpenEnvironment> {
  const info = state.branch.environments.find((one) => one.key === key);
  if (info === undefined) throw new VexilError("VEXIL_NOT_FOUND", `environment: "${key}" not found`);
  const known = state.environments.get(key);
  if (known !== undefined) return known;
  // Another environment of the branch reads what the group has made so far.
  await storeCommits(state, context);
  const { reader, snapshots } = context.tools;
  const revision = state.head;
  const files = await reader.list(info, revision, NO_EDITS);
  const served = snapshots.get(key)?.snapshot;
  const isServed = served?.revision === revision && served.quarantined.length === 0 && context.edits.size === 0;
  const isWhole = isServed && !state.branch.known.isPartial;
  const snapshot = isWhole ? served : await snapshotOf({ info, revision, files, served }, context);
  const opened = { info, revision, files, snapshot, served, result: undefined };
  state.environments.set(key, opened);
  return opened;
}

/** An environment with what has been read of its files since it was opened. */
export async function rebuilt(environment: OpenEnvironment, context: PrepareContext): Promise<OpenEnvironment> {
  return { ...environment, snapshot: await snapshotOf(environment, context), result: undefined };
}

async function snapshotOf(
  { info, revision, files, served }: Omit<OpenEnvironment, "snapshot" | "result">,
  { tools, signal, hurriedUntil }: PrepareContext,
): Promise<Snapshot> {
  const hurry = { own: NOBODY, until: hurriedUntil };
  // Writes are made to what is committed, also where its tests keep it from being served.
  const seen = info.tests === "enforce" ? { ...info, tests: "warn" as const } : info;
  return (await tools.builder.build({ info: seen, revision, files }, served, { signal, hurry })).snapshot;
}
