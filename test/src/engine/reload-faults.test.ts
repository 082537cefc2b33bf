import { VexilError } from "@vexil/plugin-api/errors";
import test from "ava";
import { FEATURES, features, flag } from "../helpers/machine/machine.js";
import { at, configOf, environment, managed } from "../helpers/machine/managed.js";

const never = new AbortController().signal;
const MAIN = [environment("default", "main")];

/** A gate before every list of refs of a store. */
function gated(store: { readonly backend: { readonly refs: { list: unknown } } } | undefined) {
  const refs = store?.backend.refs as { list: (prefix: string) => Promise<ReadonlyMap<string, string>> };
  const list = refs.list.bind(refs);
  let asked = 0;
  let open: () => void = () => undefined;
  let gate: Promise<void> | undefined;
  refs.list = async (prefix) => {
    asked += 1;
    await gate;
    return list(prefix);
  };
  return {
    asked: () => asked,
    close: () => {
      asked = 0;
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    open: () => {
      gate = undefined;
      open();
    },
  };
}

for (const [code, state, event] of [
  ["VEXIL_UNAVAILABLE_CORRUPT", "failed", "rebuild.failed"],
  ["VEXIL_UNAVAILABLE_STORAGE", "starting", "open.failed"],
] as const) {
  test(`a storage whose state cannot be read after a reload is ${state} with the reason, and is tried again (${code})`, async (t) => {
    const one = await managed(t, ["here", "there"]);
    const before = await one.generation(configOf([at("here")], MAIN));
    await (await one.manager.open(before)).get("main")?.settled;
    const refs = one.stores.get("there")?.backend.refs as { list: unknown };
    const { list } = refs;
    refs.list = () => Promise.reject(new VexilError(code, "object 1234 is damaged", { details: { step: "backend" } }));
    const changes = await one.manager.change(before, await one.generation(configOf([at("there")], MAIN)));
    await Promise.all(changes.opened.map(({ settled }) => settled));
    await one.clock.pass(3_000);
    t.like(one.status.storage("main"), { state, lastError: { code, message: "object 1234 is damaged" } });
    const lines = one.lines.filter((line) => line.event === event);
    t.like(lines[0], { storage: "main", code, reason: "object 1234 is damaged" });
    t.true(one.events.filter(({ type }) => type === event).length >= 2, "it is tried again");
    const refused = await t.throwsAsync(one.write("default", flag("x", true, "create")));
    t.like(refused, { code: "VEXIL_UNAVAILABLE_STORAGE" });
    t.regex(refused?.message ?? "", new RegExp(`storage main (is )?${state}: object 1234 is damaged`));
    refs.list = list;
    await one.clock.pass(7_000);
    t.is(one.status.storage("main")?.state, "ready");
    t.deepEqual(one.served("default"), ["at-there"]);
    await one.write("default", flag("x", true, "create"));
    await one.streams.drain(never);
    await one.manager.close();
    t.deepEqual(
      one.opened.filter((what) => what === "+there").length,
      one.opened.filter((what) => what === "-there").length,
    );
  });
}

test("a storage that is closed while its state is being read has ended, and does not come back", async (t) => {
  const one = await managed(t, ["here", "there"]);
  const before = await one.generation(configOf([at("here")], MAIN));
  await (await one.manager.open(before)).get("main")?.settled;
  const gate = gated(one.stores.get("there"));
  gate.close();
  const between = await one.generation(configOf([at("there")], MAIN));
  const changes = await one.manager.change(before, between);
  await one.clock.until(() => gate.asked() > 0);
  const after = await one.generation(configOf([at("here")], MAIN));
  const changed = one.manager.change(between, after);
  await one.clock.settle();
  t.false(one.opened.includes("-there"), "no backend is closed under who reads it");
  gate.open();
  await Promise.all((await changed).opened.map(({ settled }) => settled));
  await Promise.all(changes.opened.map(({ settled }) => settled));
  t.deepEqual(one.opened, ["+here", "-here", "+there", "-there", "+here"]);
  t.deepEqual(one.served("default"), ["at-here"]);
  await one.stores.get("there")?.commit({ [FEATURES]: features({ stale: true }) });
  await one.stores.get("here")?.commit({ [FEATURES]: features({ fresh: true }) });
  await one.clock.pass(11_000);
  t.deepEqual(one.served("default"), ["fresh"]);
  t.is(one.status.storage("main")?.state, "ready");
  await one.streams.drain(never);
  await one.manager.close();
  t.deepEqual(one.opened.slice(5), ["-here"]);
});

test("a storage that is removed while it is tried again is tried no more", async (t) => {
  const one = await managed(t, ["here", "there"]);
  const both = configOf([at("here"), at("there", "side")], [...MAIN, environment("other", "side")]);
  const gate = gated(one.stores.get("there"));
  one.away((place) => place === "there");
  const before = await one.generation(both);
  await one.manager.open(before);
  await one.clock.pass(2_000);
  t.is(one.status.storage("side")?.state, "starting");
  one.away(() => false);
  gate.close();
  await one.clock.pass(5_000);
  t.true(gate.asked() > 0, "its state is being read");
  const changed = one.manager.change(before, await one.generation(configOf([at("here")], MAIN)));
  await one.clock.settle();
  gate.open();
  t.deepEqual((await changed).removed, ["side"]);
  await one.clock.pass(20_000);
  t.deepEqual(one.opened, ["+here", "+there", "-there"]);
  t.deepEqual(one.served("other"), []);
  t.deepEqual(
    one.status.storages().map(({ id }) => id),
    ["main"],
  );
  await one.streams.drain(never);
});

test("a write that comes while a reload opens its storage again waits for that, and is told so when it takes long", async (t) => {
  const one = await managed(t, ["here", "there"]);
  const before = await one.generation(configOf([at("here")], MAIN));
  await (await one.manager.open(before)).get("main")?.settled;
  let open: () => void = () => undefined;
  const opening = new Promise<void>((resolve) => {
    open = resolve;
  });
  const slow = await one.generation(configOf([at("there")], MAIN), {
    createBackend: async () => {
      await opening;
      return one.stores.get("there")?.backend as never;
    },
  });
  const changed = one.manager.change(before, slow);
  await one.clock.until(() => one.opened.includes("-here"));
  const told = t.throwsAsync(one.write("default", flag("x", true, "create")), {
    code: "VEXIL_UNAVAILABLE_STORAGE",
    message: /storage main is starting: it is being opened; try again soon/,
  });
  await one.clock.pass(11_000);
  await told;
  await t.throwsAsync(async () => one.engine.sync("nothing") ?? Promise.reject(new Error("not found")));
  const written = one.write("default", flag("x", true, "create"));
  await one.clock.pass(5_000);
  open();
  await Promise.all((await changed).opened.map(({ opened }) => opened));
  await written;
  const [committed] = one.events.filter(({ type }) => type === "write.committed");
  t.like(committed, { durationMs: 5_000 }, "waiting is a part of it");
  t.deepEqual(one.served("default"), ["at-there", "x"]);
  await one.streams.drain(never);
});

test("a daemon that stops during a reload lets the writes of the storage that is replaced end, and opens nothing more", async (t) => {
  const one = await managed(t, ["here", "there"]);
  const before = await one.generation(configOf([at("here")], MAIN));
  await (await one.manager.open(before)).get("main")?.settled;
  const gate = gated(one.stores.get("here"));
  gate.close();
  const written = one.write("default", flag("x", true, "create"));
  await one.clock.until(() => gate.asked() > 0);
  const changed = one.manager.change(before, await one.generation(configOf([at("there")], MAIN)));
  changed.catch(() => undefined);
  await one.clock.settle();
  let hasEnded = false;
  const stopped = one.streams.drain(never).then(() => {
    hasEnded = true;
    return one.manager.close();
  });
  await one.clock.settle();
  t.false(hasEnded);
  gate.open();
  const { revision } = await written;
  t.is(one.stores.get("here")?.head(), revision);
  await stopped;
  await t.throwsAsync(changed, { code: "VEXIL_UNAVAILABLE_DRAINING" });
  t.deepEqual(one.opened, ["+here", "-here"]);
});

test("a branch that is being made when a reload replaces its storage is made before that is closed", async (t) => {
  const one = await managed(t, ["here", "there"]);
  const before = await one.generation(configOf([at("here")], MAIN));
  await (await one.manager.open(before)).get("main")?.settled;
  const gate = gated(one.stores.get("here"));
  gate.close();
  const made = one.engine.createBranch({ base: "default", key: "trial", actor: undefined, correlationId: undefined });
  await one.clock.until(() => gate.asked() > 0);
  const changed = one.manager.change(before, await one.generation(configOf([at("there")], MAIN)));
  await one.clock.settle();
  t.deepEqual(one.opened, ["+here"]);
  gate.open();
  t.like(await made, { key: "trial" });
  t.true(one.stores.get("here")?.backend.heads.has("refs/heads/flipt/default/trial"));
  await Promise.all((await changed).opened.map(({ opened }) => opened));
  t.deepEqual(one.opened, ["+here", "-here", "+there"]);
  const told = one.events.flatMap((event) => {
    if (event.type === "branch.appeared") return [event.environment];
    return event.type === "phase.changed" && event.phase === "closed" ? ["closed"] : [];
  });
  t.deepEqual(told, ["trial", "closed"]);
  await one.streams.drain(never);
});
