import type { Config, EnvironmentConfig, StorageConfig } from "@vexil/config/config";
import { Answers } from "@vexil/engine/answers";
import type { SyncEvent } from "@vexil/engine/model/events";
import { StatusBoard } from "@vexil/engine/observe/status-board";
import type { PluginRegistry } from "@vexil/engine/plugins/plugin-registry";
import { SnapshotStore } from "@vexil/engine/storage/state/snapshot-store";
import { Storages } from "@vexil/engine/storage/storages";
import { StorageKeeper } from "@vexil/engine/storage-keeper";
import { StorageStreams } from "@vexil/engine/storage-streams";
import { createSnapshotBuilder } from "@vexil/flags/compile/create-snapshot-builder";
import type { Backend } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import test, { type ExecutionContext } from "ava";
import { FEATURES, features } from "../helpers/machine/machine.js";
import { MapRemote } from "../helpers/machine/map-remote.js";
import { VirtualClock } from "../helpers/machine/virtual-clock.js";
import { pluginConfig, storageConfig } from "../helpers/plugins/plugin-config.js";

const never = new AbortController().signal;

function environment(name: string, storage: string): EnvironmentConfig {
  return { id: name, name, storage, default: name === "default", directory: "", maxBranches: 10 };
}

function configOf(storages: readonly StorageConfig[], environments: readonly EnvironmentConfig[]): Config {
  return pluginConfig("/", storages, { environments: new Map(environments.map((one) => [one.name, one])) });
}

/** A keeper over storages whose backends the test holds, by settings' `at`. */
async function start(t: ExecutionContext, places: readonly string[]) {
  const clock = new VirtualClock();
  const stores = new Map<string, MapRemote>();
  for (const at of places) {
    const store = new MapRemote();
    await store.commit({ [FEATURES]: features({ [`at-${at}`]: true }) });
    stores.set(at, store);
  }
  const opened: string[] = [];
  let isAway: (at: string) => boolean = () => false;
  const registry = (): PluginRegistry => ({
    createBackend: async ({ backend }): Promise<Backend> => {
      const at = String(backend.settings.at);
      if (isAway(at))
        throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `${at} is away`, { details: { step: "backend" } });
      opened.push(`+${at}`);
      const store = stores.get(at)?.backend as Backend;
      return { ...store, close: async () => void opened.push(`-${at}`) };
    },
    createAuthenticator: () => Promise.reject(new Error("no credentials here")),
    createSigner: () => Promise.reject(new Error("no signatures here")),
    list: () => [],
    capabilities: () => ({ durable: true, shared: false }),
    close: async () => undefined,
  });
  const snapshots = new SnapshotStore();
  const storages = new Storages();
  const status = new StatusBoard([], snapshots, () => clock.now());
  const answers = new Answers();
  const streams = new StorageStreams(clock, answers);
  const events: SyncEvent[] = [];
  streams.events$.subscribe((event) => {
    events.push(event);
    status.apply(event);
    answers.apply(event);
  });
  const builder = createSnapshotBuilder({ now: () => clock.now() });
  t.teardown(() => builder.close());
  const logger = new RecordingLogger();
  const keeper = new StorageKeeper({ logger, clock, snapshots, builder, storages, status, streams, instance: "test" });
  return {
    clock,
    keeper,
    streams,
    status,
    events,
    opened,
    registry: registry(),
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

const at = (place: string, id = "main"): StorageConfig => storageConfig("map", { at: place }, { id });

test("a reload that moves a storage serves the old place until the new one is served, and lets go of the old", async (t) => {
  const one = await start(t, ["here", "there"]);
  const before = configOf([at("here")], [environment("default", "main")]);
  const after = configOf([at("there")], [environment("default", "main")]);
  const opened = await one.keeper.open(before, one.registry);
  await opened.get("main")?.settled;
  t.deepEqual(one.served("default"), ["at-here"]);
  const served: (readonly string[])[] = [];
  const changes = await one.keeper.change(before, after, { before: one.registry, after: one.registry });
  served.push(one.served("default"));
  await Promise.all(changes.opened.map(({ settled }) => settled));
  t.deepEqual(changes.changed, ["main"]);
  t.true(served[0]?.length === 1, "never nothing");
  t.deepEqual(one.served("default"), ["at-there"]);
  t.deepEqual(one.opened, ["+here", "-here", "+there"]);
  await one.stores.get("here")?.commit({ [FEATURES]: features({ stale: true }) });
  await one.stores.get("there")?.commit({ [FEATURES]: features({ fresh: true }) });
  await one.clock.pass(11_000);
  t.deepEqual(one.served("default"), ["fresh"], "the new place is followed, the old one no more");
  await one.streams.drain(never);
});

test("a storage that stays equal is left alone by a reload, one whose new place cannot be opened goes on at the old", async (t) => {
  const one = await start(t, ["a", "b"]);
  const environments = [environment("default", "main"), environment("other", "side")];
  const before = configOf([at("a"), at("b", "side")], environments);
  const opened = await one.keeper.open(before, one.registry);
  for (const { settled } of opened.values()) await settled;
  const plugins = { before: one.registry, after: one.registry };
  const broken: PluginRegistry = {
    ...one.registry,
    createBackend: () => Promise.reject(new VexilError("VEXIL_UNAVAILABLE_REPOSITORY", "no repository")),
  };
  const wrong = configOf([at("nowhere"), at("b", "side")], environments);
  await t.throwsAsync(one.keeper.change(before, wrong, { ...plugins, after: broken }), {
    code: "VEXIL_UNAVAILABLE_REPOSITORY",
  });
  t.deepEqual(
    one.opened.filter((what) => what.endsWith("b")),
    ["+b"],
    "the other storage was not touched",
  );
  await one.stores.get("a")?.commit({ [FEATURES]: features({ next: true }) });
  await one.clock.pass(11_000);
  t.deepEqual(one.served("default"), ["next"]);
  t.deepEqual(one.served("other"), ["at-b"]);
  await one.streams.drain(never);
});

test("a backend that is away at the start is tried again, later and later, until it opens", async (t) => {
  const one = await start(t, ["here"]);
  one.away(() => true);
  const config = configOf([at("here")], [environment("default", "main")]);
  const opened = await one.keeper.open(config, one.registry);
  await opened.get("main")?.settled;
  await one.clock.pass(20_000);
  const tries = one.events.filter(({ type }) => type === "open.failed");
  t.true(tries.length >= 5 && tries.length <= 9, `${tries.length} tries`);
  t.is(one.status.storage("main")?.state, "starting");
  t.deepEqual(one.served("default"), []);
  one.away(() => false);
  await one.clock.pass(7_000);
  t.deepEqual(one.served("default"), ["at-here"]);
  t.is(one.status.storage("main")?.state, "ready");
  await one.streams.drain(never);
});
