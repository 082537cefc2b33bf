import test from "ava";
import { FEATURES, features, flag, machine } from "../helpers/machine/machine.js";
import { at, configOf, environment, managed } from "../helpers/machine/managed.js";
import { hang } from "../helpers/machine/map-remote.js";

const never = new AbortController().signal;

test("a defect in a storage's stream fails that storage, answers its writers and closes it", async (t) => {
  const one = await machine(t, { config: { pollIntervalMs: 3_600_000 } });
  await one.open().settled;
  one.remote.before = (_, signal) => hang(signal);
  const running = one.running();
  const underWay = one.write(flag("two", true, "create"));
  await one.clock.until(() => one.remote.count("+push") === 1);
  const waiting = one.write(flag("three", true, "create"));
  Object.assign(one.storage.writes.turns, {
    settled: () => {
      throw new TypeError("settled is not what it was");
    },
  });
  await one.clock.pass(11_000);
  for (const answer of [underWay, waiting]) {
    await t.throwsAsync(answer, { code: "VEXIL_INTERNAL_BUG", message: /storage main was closed because of a defect/ });
  }
  t.like(one.of("rebuild.failed")[0], { storage: "main", error: { code: "VEXIL_INTERNAL_BUG" } });
  t.is(one.of("phase.changed").at(-1)?.phase, "closed");
  t.like(one.status.storage("main"), { state: "failed", lastError: { code: "VEXIL_INTERNAL_BUG" } });
  t.regex(String(one.lines.find(({ event }) => event === "storage.failed")?.reason), /settled is not what it was/);
  t.is(one.streams.get("main"), undefined);
  await t.throwsAsync(
    running.write({
      request: {
        id: "late",
        environment: "default",
        change: flag("four", true, "create"),
        revision: undefined,
        actor: undefined,
        correlationId: undefined,
      },
      branch: one.storage.branches.main,
      arrived: 0,
      arrivedAt: 0,
    }),
    { code: "VEXIL_INTERNAL_BUG" },
  );
  t.false(one.hasEnded(), "the stream of all storages goes on");
  await one.streams.drain(never);
  t.true(one.hasEnded());
});

test("a storage that a defect has closed leaves the others alone, and a reload opens it again", async (t) => {
  const one = await managed(t, ["a", "b"]);
  const environments = [environment("default", "main"), environment("other", "side")];
  const config = configOf([at("a"), at("b", "side")], environments);
  const store = one.stores.get("a")?.backend as { watch?: unknown };
  store.watch = () => {
    throw new Error("too many files are watched");
  };
  const before = await one.generation(config);
  for (const { opened } of (await one.manager.open(before)).values()) await opened;
  await one.clock.settle();
  t.is(one.status.storage("main")?.state, "failed");
  await t.throwsAsync(one.write("default", flag("x", true, "create")), {
    code: "VEXIL_UNAVAILABLE_STORAGE",
    message: /too many files are watched/,
  });
  await one.stores.get("b")?.commit({ [FEATURES]: features({ next: true }) });
  await one.clock.pass(11_000);
  t.deepEqual(one.served("other"), ["next"]);
  await one.write("other", flag("x", true, "create"));

  delete store.watch;
  const changes = await one.manager.change(before, await one.generation(config));
  await Promise.all(changes.opened.map(({ opened }) => opened));
  t.deepEqual(changes.changed, ["main"]);
  t.is(one.status.storage("main")?.state, "ready");
  await one.write("default", flag("x", true, "create"));
  t.deepEqual(one.opened, ["+a", "+b", "-a", "+a"]);
  await one.streams.drain(never);
});
