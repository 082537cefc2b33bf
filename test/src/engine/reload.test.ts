import type { CredentialConfig, StorageConfig } from "@vexil/config/config";
import { ConfigToken } from "@vexil/engine/di/tokens";
import { BackendPluginToken, type Generation } from "@vexil/engine/plugins/generation";
import type { PluginRegistry } from "@vexil/engine/plugins/plugin-registry";
import { GitStorageToken, StorageConfigToken } from "@vexil/engine/storage/storage-tokens";
import type { Authenticator, Backend } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import test from "ava";
import { FEATURES, features, flag } from "../helpers/machine/machine.js";
import { at, configOf, configWith, environment, managed } from "../helpers/machine/managed.js";
import type { MapRemote } from "../helpers/machine/map-remote.js";

const never = new AbortController().signal;

test("a reload that moves a storage serves the old place until the new one is served, and lets go of the old", async (t) => {
  const one = await managed(t, ["here", "there"]);
  const before = await one.generation(configOf([at("here")], [environment("default", "main")]));
  const after = await one.generation(configOf([at("there")], [environment("default", "main")]));
  const opened = await one.manager.open(before);
  await opened.get("main")?.settled;
  t.deepEqual(one.served("default"), ["at-here"]);
  const served: (readonly string[])[] = [];
  const changes = await one.manager.change(before, after);
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

test("a reload that opens a storage anew serves all that it served until its state is read", async (t) => {
  const one = await managed(t, ["here"]);
  const here = one.stores.get("here") as MapRemote;
  for (const branch of ["flipt/default/kept", "flipt/kept/below", "flipt/default/gone"])
    await here.commit({ [FEATURES]: features({ [branch.replaceAll("/", "-")]: true }) }, branch);
  const environments = [environment("default", "main")];
  const before = await one.generation(configOf([at("here")], environments));
  const opened = await one.manager.open(before);
  await opened.get("main")?.settled;
  const served = (): readonly (readonly string[])[] =>
    ["default", "kept", "below", "gone"].map((key) => one.served(key));
  const all = [["at-here"], ["flipt-default-kept"], ["flipt-kept-below"], ["flipt-default-gone"]];
  t.deepEqual(served(), all);

  let read: () => void = () => undefined;
  const reading = new Promise<void>((resolve) => {
    read = resolve;
  });
  const list: Backend["refs"]["list"] = async (prefix) => {
    await reading;
    return here.backend.refs.list(prefix);
  };
  const slow: Backend = { ...here.backend, refs: { ...here.backend.refs, list } };
  const after = await one.generation(configOf([{ ...at("here"), pollIntervalMs: 60_000 }], environments), {
    createBackend: async () => slow,
  });
  const changes = await one.manager.change(before, after);
  t.deepEqual(changes.changed, ["main"]);
  t.deepEqual(served(), all);
  t.like(one.status.storage("main"), { state: "starting", hasSnapshot: true });
  const told = t.throwsAsync(one.write("kept", flag("flipt-default-kept", false)), {
    code: "VEXIL_UNAVAILABLE_STORAGE",
  });
  await one.clock.pass(11_000);
  await told;

  here.backend.heads.delete("refs/heads/flipt/default/gone");
  await here.commit({ [FEATURES]: features({ fresh: true }) }, "flipt/default/kept");
  read();
  await Promise.all(changes.opened.map(({ settled }) => settled));
  t.deepEqual(served(), [["at-here"], ["fresh"], ["flipt-kept-below"], []]);
  t.is(one.status.storage("main")?.state, "ready");
  await here.commit({ [FEATURES]: features({ later: true }) }, "flipt/default/kept");
  await one.clock.pass(11_000);
  t.deepEqual(one.served("kept"), ["later"]);
  // Without its environment nothing of it is left.
  const other = await one.generation(configOf([at("here", "other")], [environment("x", "other")]));
  await Promise.all((await one.manager.change(after, other)).opened.map(({ settled }) => settled));
  t.deepEqual(served(), [[], [], [], []]);
  await one.streams.drain(never);
});

test("a storage that stays equal is left alone by a reload, one whose new place cannot be opened goes on at the old", async (t) => {
  const one = await managed(t, ["a", "b"]);
  const environments = [environment("default", "main"), environment("other", "side")];
  const before = await one.generation(configOf([at("a"), at("b", "side")], environments));
  const opened = await one.manager.open(before);
  for (const { settled } of opened.values()) await settled;
  const wrong = await one.generation(configOf([at("nowhere"), at("b", "side")], environments), {
    createBackend: () => Promise.reject(new VexilError("VEXIL_UNAVAILABLE_REPOSITORY", "no repository")),
  });
  await t.throwsAsync(one.manager.change(before, wrong), { code: "VEXIL_UNAVAILABLE_REPOSITORY" });
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
  const one = await managed(t, ["here"]);
  one.away(() => true);
  const config = configOf([at("here")], [environment("default", "main")]);
  const opened = await one.manager.open(await one.generation(config));
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

test("after a reload no binding is stale: each storage's scope has the settings in force, and what went has ended", async (t) => {
  const one = await managed(t, ["a", "b", "c"]);
  const environments = [environment("default", "main"), environment("other", "side")];
  const before = await one.generation(configOf([at("a"), at("b", "side")], environments));
  for (const { settled } of (await one.manager.open(before)).values()) await settled;
  const [main, side] = ["main", "side"].map((id) => one.storages.scope(id));
  const after = await one.generation(configOf([at("c"), at("b", "side")], environments));
  const changes = await one.manager.change(before, after);
  await Promise.all(changes.opened.map(({ settled }) => settled));

  t.not(one.storages.scope("main"), main, "what changed lives in a new scope");
  t.is(one.storages.scope("side"), side, "what stays equal in the one it had");
  for (const [id, storage] of after.config.storages) {
    const scope = one.storages.scope(id);
    t.deepEqual(await scope?.get(StorageConfigToken), storage, id);
    t.is(await scope?.get(GitStorageToken), one.storages.get(id));
    t.deepEqual(one.storages.get(id)?.config, storage);
  }
  await t.throwsAsync(async () => main?.get(StorageConfigToken), undefined, "the old scope answers nothing any more");
  t.is(await after.scope.get(ConfigToken), after.config);
  t.truthy(await after.scope.named(BackendPluginToken, "map"), "plugins are found by type");
  for (const scope of [side, one.storages.scope("main")]) {
    await t.throwsAsync(async () => scope?.get(ConfigToken), undefined, "no storage sees a whole configuration");
  }
  await one.streams.drain(never);
  await one.manager.close();
  t.deepEqual(one.opened.filter((what) => what.startsWith("-")).sort(), ["-a", "-b", "-c"]);
});

const basic: CredentialConfig = { id: "git", type: "basic", settings: { password: "1" }, path: "credentials.git" };
const REMOTE = { remote: "http://127.0.0.1:9/flags.git", credentials: "git" } as const;

test("a reload whose credential cannot be read closes the backend that it had opened, and the storage goes on", async (t) => {
  const one = await managed(t, ["here"]);
  const before = await one.generation(configOf([at("here")], [environment("default", "main")]));
  const opened = await one.manager.open(before);
  await opened.get("main")?.settled;
  const after = await one.generation(configWith([{ ...at("here"), ...REMOTE }], basic), {
    createAuthenticator: () => Promise.reject(new VexilError("VEXIL_AUTH_FILE", "no such file")),
  });
  await t.throwsAsync(one.manager.change(before, after), { code: "VEXIL_AUTH_FILE" });
  t.deepEqual(one.opened, ["+here", "-here", "+here", "-here", "+here"]);
  await one.stores.get("here")?.commit({ [FEATURES]: features({ next: true }) });
  await one.clock.pass(11_000);
  t.deepEqual(one.served("default"), ["next"]);
  await one.streams.drain(never);
});

test("a refused reload leaves no storage with a credential of the refused configuration", async (t) => {
  const one = await managed(t, ["a", "b"]);
  const made: string[] = [];
  const authenticators = (name: string): Partial<PluginRegistry> => ({
    createAuthenticator: async () => {
      made.push(`+${name}`);
      return {
        type: "http",
        headers: () => Promise.resolve({}),
        close: async () => void made.push(`-${name}`),
      } as Authenticator;
    },
  });
  const storages = [
    { ...at("a"), ...REMOTE },
    { ...at("b", "side"), ...REMOTE },
  ];
  const before = await one.generation(configWith(storages, basic), authenticators("before"));
  for (const { opened } of (await one.manager.open(before)).values()) await opened;
  const after = await one.generation(
    configWith([...storages.slice(0, 1), { ...at("nowhere", "side"), ...REMOTE }, { ...at("a", "extra"), ...REMOTE }], {
      ...basic,
      settings: { password: "2" },
    }),
    {
      ...authenticators("after"),
      createBackend: async (storage): Promise<Backend> => {
        if (storage.backend.settings.at === "nowhere") throw new VexilError("VEXIL_UNAVAILABLE_REPOSITORY", "nothing");
        return { ...(one.stores.get("a")?.backend as Backend), close: async () => undefined };
      },
    },
  );
  await t.throwsAsync(one.manager.change(before, after), { code: "VEXIL_UNAVAILABLE_REPOSITORY" });
  t.deepEqual(made, ["+before", "+after", "-after"]);
  await one.streams.drain(never);
  await one.manager.close();
  t.deepEqual(made, ["+before", "+after", "-after", "-before"]);
});

test("a storage takes writes when it will hear them, not while what opening it made happen is told", async (t) => {
  const one = await managed(t, ["here"]);
  const taken: boolean[] = [];
  one.streams.events$.subscribe(() => taken.push(one.streams.get("main") !== undefined));
  const opened = await one.manager.open(await one.generation(configOf([at("here")], [environment("default", "main")])));
  await opened.get("main")?.settled;
  t.false(taken[0]);
  t.truthy(one.streams.get("main"));
  await one.streams.drain(never);
});

test("a storage that is opened while the machine ends says so, and nobody waits for it", async (t) => {
  const one = await managed(t, ["here"]);
  const generation = await one.generation(configOf([at("here")], [environment("default", "main")]));
  await one.streams.drain(never);
  const opened = await one.manager.open(generation);
  await t.notThrowsAsync(async () => opened.get("main")?.opened);
});

test("the plugins of a configuration that is over end with the last storage that they opened, or that waits for them", async (t) => {
  const one = await managed(t, ["here", "there"]);
  let isThere = false;
  one.away((place) => place === "there" && !isThere);
  const ended: string[] = [];
  const generation = (name: string, ...storages: readonly StorageConfig[]): Promise<Generation> => {
    const environments = storages.map(({ id }) => environment(id === "main" ? "default" : "x", id));
    return one.generation(configOf(storages, environments), { close: async () => void ended.push(name) });
  };
  const [main, other] = [at("here"), at("there", "other")];
  const first = await generation("first", main, other);
  await (await one.manager.open(first)).get("main")?.settled;

  const second = await generation("second", main, other);
  await one.manager.change(first, second);
  void first.retire();
  await one.clock.pass(11_000);
  t.deepEqual(ended, [], "one storage is open, one waits");
  isThere = true;
  await one.clock.pass(11_000);
  t.deepEqual(one.served("x"), ["at-there"]);

  const third = await generation("third", other);
  await one.manager.change(second, third);
  await second.retire();
  await one.clock.pass(11_000);
  t.deepEqual(ended, ["second"], "what waited was opened by the first");

  const fourth = await generation("fourth", { ...other, pollIntervalMs: 60_000 });
  const { opened } = await one.manager.change(third, fourth);
  await third.retire();
  await Promise.all(opened.map(({ settled }) => settled));
  await one.clock.pass(11_000);
  t.deepEqual([...ended].sort(), ["first", "second", "third"]);
  await one.streams.drain(never);
});
