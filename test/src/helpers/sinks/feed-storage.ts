import { systemClock } from "@vexil/engine/model/clock";
import type { SinkStorage } from "@vexil/engine/sinks/environment-delivery";
import { PastShelf } from "@vexil/engine/storage/past/past-shelf";
import { Timeline } from "@vexil/engine/storage/past/timeline";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { openRepository } from "@vexil/git/repository";
import type { Backend } from "@vexil/plugin-api";
import type { Scope } from "../files/temporary-directory.js";

export const ENVIRONMENT = "production";

/**
 * One environment of a repository, as feeds read it; the test says which commit its branch is at.
 * @param shelfBytes of states that are kept; 0: the newest of each shelf
 */
export function feedStorage(scope: Scope, backend: Backend, directory = "production", shelfBytes?: number) {
  const builder = createSnapshotBuilder();
  scope.teardown(() => builder.close());
  const repository = openRepository(backend);
  let head = "";
  const info = {
    key: ENVIRONMENT,
    storage: "s",
    default: true,
    branch: "main",
    directory,
    remote: undefined,
    base: undefined,
  };
  const timeline = (): Timeline =>
    new Timeline({
      storage: { id: "s", limits: { ...DEFAULT_FEATURE_LIMITS, packBytes: 0, historyDepth: 10_000 } },
      repository,
      builder,
      shelf: new PastShelf(builder, shelfBytes),
      feedShelf: new PastShelf(builder, shelfBytes, "feed "),
      clock: systemClock,
      environment: (key) => (key === ENVIRONMENT ? { info, head } : undefined),
      served: () => undefined,
    });
  const known = timeline();
  const storage = {
    id: "s",
    repository,
    timeline: known,
    seals: { isGenuine: async () => false },
    history: { deepen: async () => undefined },
    hasRemote: false,
    branches: { ofEnvironment: (key: string) => (key === ENVIRONMENT ? { info } : undefined) },
  } as unknown as SinkStorage["storage"];
  return {
    storage,
    info,
    repository,
    get head(): string {
      return head;
    },
    move: (commit: string): void => {
      head = commit;
    },
    /** The state of a commit, built from nothing. */
    fresh: (commit: string): Promise<Snapshot> =>
      timeline().snapshot(ENVIRONMENT, commit, new AbortController().signal),
  };
}

/** Items and faults of a state as plain JSON, by a name of each. */
export function itemsOf(state: Snapshot | undefined): ReadonlyMap<string, string> {
  const items = new Map<string, string>();
  for (const { key, name, description, items: inner } of state?.namespaces.values() ?? []) {
    items.set(`change ${key} namespace ${key}`, JSON.stringify({ key, name, description }));
    for (const { flag } of inner.flags.values()) items.set(`change ${key} flag ${flag.key}`, JSON.stringify(flag));
    for (const { segment } of inner.segments.values()) {
      items.set(`change ${key} segment ${segment.key}`, JSON.stringify(segment));
    }
  }
  for (const { namespace, file, reason, line, column } of state?.quarantined ?? []) {
    const name = `quarantine ${namespace} ${file}`;
    if (!items.has(name)) items.set(name, JSON.stringify({ reason, line, column }));
  }
  return items;
}
