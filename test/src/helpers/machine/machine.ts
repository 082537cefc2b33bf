import type { EnvironmentConfig, StorageConfig } from "@vexil/config/config";
import { Answers } from "@vexil/engine/answers";
import { defineModule } from "@vexil/engine/di/module";
import { rootScope } from "@vexil/engine/di/scope";
import { InstanceToken, SnapshotBuilderToken } from "@vexil/engine/di/tokens";
import type { OpenedStorage } from "@vexil/engine/first-try";
import { ClockToken } from "@vexil/engine/model/clock";
import type { SyncEvent } from "@vexil/engine/model/events";
import { EventLog } from "@vexil/engine/observe/log-events";
import { StatusBoard } from "@vexil/engine/observe/status-board";
import type { RunningStorage } from "@vexil/engine/running-storage";
import { storageModules } from "@vexil/engine/storage/open-storage";
import { FeedShelfToken, PastShelf, PastShelfToken } from "@vexil/engine/storage/past/past-shelf";
import { JournalToken } from "@vexil/engine/storage/past/served-journal";
import { SnapshotStore, SnapshotStoreToken } from "@vexil/engine/storage/state/snapshot-store";
import {
  BackendToken,
  CapabilitiesToken,
  CommitTemplateToken,
  EnvironmentsToken,
  GitStorageToken,
  RemoteToken,
  SignerToken,
  StorageConfigToken,
} from "@vexil/engine/storage/storage-tokens";
import { passingKeys, SealKeysToken } from "@vexil/engine/storage/write/seal-keys";
import { StorageStreams } from "@vexil/engine/storage-streams";
import type { TestsMode } from "@vexil/flags/cases/tests-mode";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { Change, WriteResult } from "@vexil/flags/edit/change";
import type { Backend } from "@vexil/plugin-api";
import { recorder } from "../daemon/recorder.js";
import type { Scope } from "../files/temporary-directory.js";
import { mapBackend } from "../plugins/map-backend.js";
import { storageConfig } from "../plugins/plugin-config.js";
import { MapRemote } from "./map-remote.js";
import { VirtualClock } from "./virtual-clock.js";

export const FEATURES = "default/features.yaml";

/** A features file with boolean flags. */
export function features(flags: Readonly<Record<string, boolean>>, namespace = "default"): string {
  const items = Object.entries(flags).map(
    ([key, enabled]) => `  - key: ${key}\n    name: ${key}\n    type: BOOLEAN_FLAG_TYPE\n    enabled: ${enabled}\n`,
  );
  return `namespace: ${namespace}\nflags:\n${items.join("")}`;
}

export interface MachineOptions {
  readonly clock?: VirtualClock;
  readonly config?: Partial<StorageConfig>;
  readonly backend?: Backend;
  /** null: none. */
  readonly remote?: MapRemote | null;
  readonly isShared?: boolean;
  readonly tests?: TestsMode;
  /** Files that the remote holds at first, or the backend where there is none; null: nothing. */
  readonly files?: Readonly<Record<string, string>> | null;
}

/** The whole machine over one storage: streams, answers, status and log, on a clock that the test holds. */
export async function machine(scope: Scope, options: MachineOptions = {}) {
  const clock = options.clock ?? new VirtualClock();
  // Time stands still, and processes that parse keep nothing alive: without it a test that waits would be over.
  const alive = setInterval(() => {}, 1_000);
  scope.teardown(() => clearInterval(alive));
  const given = options.remote ?? new MapRemote();
  const remote = options.remote === null ? undefined : given;
  const config = storageConfig("map", {}, { remote: remote?.displayUrl, fetchPolicy: "lenient", ...options.config });
  const files = options.files === undefined ? { [FEATURES]: features({ one: true }) } : options.files;
  if (files !== null && given.head() === undefined) await given.commit(files);
  const backend = options.backend ?? (remote === undefined ? given.backend : mapBackend());
  const snapshots = new SnapshotStore();
  const status = new StatusBoard([config], snapshots, clock);
  const answers = new Answers();
  const { logger, lines } = recorder();
  const log = new EventLog(logger, () => config.fetchPolicy);
  const streams = new StorageStreams(clock, answers);
  const events: SyncEvent[] = [];
  let ended = false;
  streams.events$.subscribe({
    next: (event) => {
      events.push(event);
      status.apply(event);
      log.apply(event, status.summary(event.storage));
      answers.apply(event);
    },
    complete: () => {
      ended = true;
    },
  });
  const builder = createSnapshotBuilder({ now: () => clock.now() });
  scope.teardown(() => builder.close());
  const environment: EnvironmentConfig = {
    id: "default",
    name: "default",
    storage: config.id,
    default: true,
    directory: "",
    maxBranches: 10,
    tests: options.tests ?? "warn",
  };
  const inside = rootScope(
    defineModule((bind) => {
      bind.value(ClockToken, clock);
      bind.value(InstanceToken, "test");
      bind.value(SealKeysToken, passingKeys());
      bind.value(SnapshotBuilderToken, builder);
      bind.value(PastShelfToken, new PastShelf(builder));
      bind.value(FeedShelfToken, new PastShelf(builder, undefined, "feed "));
      bind.value(SnapshotStoreToken, snapshots);
    }),
  ).child(
    defineModule((bind) => {
      bind.value(StorageConfigToken, config);
      bind.value(EnvironmentsToken, [environment]);
      bind.value(CommitTemplateToken, undefined);
      bind.value(SignerToken, undefined);
      bind.value(CapabilitiesToken, { durable: true, shared: options.isShared ?? false });
      bind.value(BackendToken, backend);
      bind.value(RemoteToken, remote);
      bind.value(JournalToken, undefined);
    }),
    ...storageModules,
  );
  const storage = await inside.get(GitStorageToken);
  let writes = 0;
  const running = (): RunningStorage => streams.get(config.id) as RunningStorage;
  return {
    clock,
    backend,
    remote: given,
    inside,
    storage,
    snapshots,
    status,
    streams,
    events,
    lines,
    running,
    hasEnded: () => ended,
    /** Opens the storage; what that leads to is looked at by the test. */
    open: (): OpenedStorage => streams.open(storage),
    /** Queues a write as HTTP does. */
    write: (change: Change, revision?: string, waitedMs = 0): Promise<WriteResult> => {
      writes += 1;
      const found = storage.branches.ofEnvironment("default");
      if (found === undefined) throw new Error("no such environment");
      const answer = running().write({
        request: {
          id: `w-${writes}`,
          environment: "default",
          change,
          revision,
          actor: undefined,
          correlationId: undefined,
        },
        branch: found.branch,
        arrived: found.branch.known.sequence,
        arrivedAt: clock.elapsed() - waitedMs,
        waitedMs,
      });
      answer.catch(() => undefined);
      return answer;
    },
    /** Flags served of the namespace `default`. */
    served: (): Readonly<Record<string, boolean>> => {
      const flags = snapshots.get("default")?.snapshot?.namespaces.get("default")?.flags;
      return Object.fromEntries([...(flags ?? [])].map(([key, flag]) => [key, flag.enabled]));
    },
    /** Events of some types, in order. */
    of: <Type extends SyncEvent["type"]>(...types: readonly Type[]) =>
      events.filter((event): event is Extract<SyncEvent, { readonly type: Type }> =>
        types.includes(event.type as Type),
      ),
  };
}

/** A write that sets one flag. */
export function flag(key: string, enabled: boolean, mode: "create" | "update" = "update"): Change {
  return {
    type: "put-flag",
    mode,
    namespace: "default",
    key,
    flag: {
      key,
      name: key,
      type: "BOOLEAN_FLAG_TYPE",
      description: "",
      enabled,
      rules: [],
      rollouts: [],
      variants: [],
    },
  };
}
