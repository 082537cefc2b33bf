import type { Config, CredentialConfig, EnvironmentConfig, StorageConfig } from "@vexil/config/config";
import { Answers } from "@vexil/engine/answers";
import { defineModule } from "@vexil/engine/di/module";
import { rootScope } from "@vexil/engine/di/scope";
import { InstanceToken, SnapshotBuilderToken } from "@vexil/engine/di/tokens";
import { FlagEngine } from "@vexil/engine/flag-engine";
import { ClockToken } from "@vexil/engine/model/clock";
import type { SyncEvent } from "@vexil/engine/model/events";
import { EventLog } from "@vexil/engine/observe/log-events";
import { StatusBoard } from "@vexil/engine/observe/status-board";
import { type Generation, generationOf } from "@vexil/engine/plugins/generation";
import type { PluginRegistry } from "@vexil/engine/plugins/plugin-registry";
import { Users } from "@vexil/engine/plugins/users";
import { FeedShelfToken, PastShelf, PastShelfToken } from "@vexil/engine/storage/past/past-shelf";
import { SnapshotStore, SnapshotStoreToken } from "@vexil/engine/storage/state/snapshot-store";
import { Storages } from "@vexil/engine/storage/storages";
import { passingKeys, SealKeysToken } from "@vexil/engine/storage/write/seal-keys";
import { StorageManager } from "@vexil/engine/storage-manager";
import { StorageStreams } from "@vexil/engine/storage-streams";
import type { TestsMode } from "@vexil/flags/cases/tests-mode";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import type { Change, WriteResult } from "@vexil/flags/edit/change";
import type { Backend } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { recorder } from "../daemon/recorder.js";
import type { Scope } from "../files/temporary-directory.js";
import { pluginConfig, storageConfig } from "../plugins/plugin-config.js";
import { FEATURES, features } from "./machine.js";
import { MapRemote } from "./map-remote.js";
import { VirtualClock } from "./virtual-clock.js";

/** An environment of a storage; `default` is the default one. */
export function environment(name: string, storage: string, tests: TestsMode = "warn"): EnvironmentConfig {
  return { id: name, name, storage, default: name === "default", directory: "", maxBranches: 10, tests };
}

/** A configuration of these storages and environments. */
export function configOf(storages: readonly StorageConfig[], environments: readonly EnvironmentConfig[]): Config {
  return pluginConfig("/", storages, { environments: new Map(environments.map((one) => [one.name, one])) });
}

/** A configuration of these storages, each with an environment, and of a credential. */
export function configWith(storages: readonly StorageConfig[], credential: CredentialConfig): Config {
  const environments = storages.map(({ id }, index) => environment(index === 0 ? "default" : id, id));
  return pluginConfig("/", storages, {
    environments: new Map(environments.map((one) => [one.name, one])),
    credentialList: [credential],
  });
}

/** The manager of storages whose backends the test holds, by settings' `at`, on a clock that stands still. */
export async function managed(t: Scope, places: readonly string[]) {
  const clock = new VirtualClock();
  const stores = new Map<string, MapRemote>();
  for (const at of places) {
    const store = new MapRemote();
    await store.commit({ [FEATURES]: features({ [`at-${at}`]: true }) });
    stores.set(at, store);
  }
  const opened: string[] = [];
  let isAway: (at: string) => boolean = () => false;
  const registry = (users = new Users()): PluginRegistry => ({
    users,
    createBackend: async ({ backend }): Promise<Backend> => {
      const at = String(backend.settings.at);
      if (isAway(at))
        throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `${at} is away`, { details: { step: "backend" } });
      opened.push(`+${at}`);
      const store = stores.get(at)?.backend as Backend;
      const done = users.add();
      const close = async (): Promise<void> => {
        opened.push(`-${at}`);
        done();
      };
      return { ...store, close };
    },
    createAuthenticator: () => Promise.reject(new Error("no credentials here")),
    createSigner: () => Promise.reject(new Error("no signatures here")),
    createMethod: () => Promise.reject(new Error("no methods here")),
    createSink: () => Promise.reject(new Error("no sinks here")),
    createAuthorization: () => Promise.reject(new Error("no rights here")),
    list: () => [],
    capabilities: () => ({ durable: true, shared: false }),
    close: async () => undefined,
  });
  const snapshots = new SnapshotStore();
  const storages = new Storages();
  const status = new StatusBoard([], snapshots, clock);
  const answers = new Answers();
  const streams = new StorageStreams(clock, answers);
  const events: SyncEvent[] = [];
  const { logger, lines } = recorder();
  const log = new EventLog(logger, () => "lenient");
  streams.events$.subscribe((event) => {
    events.push(event);
    status.apply(event);
    log.apply(event, status.summary(event.storage));
    answers.apply(event);
  });
  const builder = createSnapshotBuilder({ now: () => clock.now() });
  t.teardown(() => builder.close());
  const scope = rootScope(
    defineModule((bind) => {
      bind.value(ClockToken, clock);
      bind.value(InstanceToken, "test");
      bind.value(SealKeysToken, passingKeys());
      bind.value(SnapshotBuilderToken, builder);
      bind.value(PastShelfToken, new PastShelf(builder));
      bind.value(FeedShelfToken, new PastShelf(builder, undefined, "feed "));
      bind.value(SnapshotStoreToken, snapshots);
    }),
  );
  const manager = new StorageManager({ scope, logger, clock, snapshots, storages, status, streams });
  let config: Config | undefined;
  let writes = 0;
  const engine = new FlagEngine({
    config: () => config as Config,
    storages,
    snapshots,
    status,
    streams,
    clock,
  });
  return {
    clock,
    manager,
    streams,
    lines,
    engine,
    /** Writes as HTTP does. */
    write: (environment: string, change: Change): Promise<WriteResult> => {
      writes += 1;
      const id = `w-${writes}`;
      const answer = engine.write({
        id,
        environment,
        change,
        revision: undefined,
        actor: undefined,
        correlationId: undefined,
      });
      answer.catch(() => undefined);
      return answer;
    },
    status,
    events,
    opened,
    storages,
    generation: (given: Config, other: Partial<PluginRegistry> = {}): Promise<Generation> => {
      config = given;
      return generationOf(scope, given, { ...registry(), ...other });
    },
    away: (is: (at: string) => boolean): void => {
      isAway = is;
    },
    stores,
    served: (key: string): readonly string[] => {
      const snapshot = snapshots.get(key)?.snapshot;
      return [...(snapshot?.namespaces.get("default")?.flags.keys() ?? [])];
    },
  };
}

/** A storage whose backend is the store of that name. */
export const at = (place: string, id = "main"): StorageConfig => storageConfig("map", { at: place }, { id });
