import { guardBackend } from "@vexil/engine/plugins/guard-backend";
import { GuardScope } from "@vexil/engine/plugins/guard-scope";
import type { Backend, Lease } from "@vexil/plugin-api";
import { RecordingLogger } from "@vexil/plugin-api/testing";
import test from "ava";
import { FEATURES, features, flag, machine } from "../helpers/machine/machine.js";
import { hang, MapRemote } from "../helpers/machine/map-remote.js";
import { VirtualClock } from "../helpers/machine/virtual-clock.js";
import { mapBackend } from "../helpers/plugins/map-backend.js";

const QUIET = { pollIntervalMs: 3_600_000 } as const;
const never = new AbortController().signal;

test("draining lets work in every stage end, cuts the download, and then nothing happens any more", async (t) => {
  const store = mapBackend();
  let gate: Promise<void> | undefined;
  const { refs } = store;
  const backend: Backend = {
    ...store,
    refs: {
      ...refs,
      list: async (prefix) => {
        await gate;
        return refs.list(prefix);
      },
    },
  };
  const one = await machine(t, { backend, config: { pollIntervalMs: 10_000 } });
  await one.open().settled;
  let push: () => void = () => undefined;
  const pushing = new Promise<void>((resolve) => {
    push = resolve;
  });
  one.remote.before = (step, signal) => (step === "push" ? pushing : step === "list" ? hang(signal) : undefined);
  const underWay = one.write(flag("under-way", true, "create"));
  await one.clock.until(() => one.remote.count("+push") === 1);
  const waiting = one.write(flag("waiting", true, "create"));
  await one.clock.pass(12_000);
  t.is(one.remote.count("+list") - one.remote.count("-list"), 1, "a download hangs");
  let look: () => void = () => undefined;
  gate = new Promise((resolve) => {
    look = resolve;
  });
  const rebuilds = one.of("rebuild.succeeded").length;
  await one.clock.pass(8_500);
  t.is(one.of("rebuild.succeeded").length, rebuilds, "a rebuild is under way");

  const drained = one.streams.drain(never);
  await one.clock.settle();
  t.is(one.remote.count("+list") - one.remote.count("-list"), 0, "the download is cut at once");
  await t.throwsAsync(one.write(flag("late", true, "create")), { code: "VEXIL_UNAVAILABLE_DRAINING" });
  t.false(one.hasEnded());
  push();
  look();
  await Promise.all([underWay, waiting]);
  await drained;
  t.deepEqual(one.served(), { one: true, "under-way": true, waiting: true });
  t.true(one.of("rebuild.succeeded").length > rebuilds);
  t.true(one.hasEnded());
  t.is(one.of("fetch.failed").length, 0, "a download that is cut is no failure");
  t.deepEqual(
    one.of("phase.changed").map(({ phase }) => phase),
    ["polling", "draining", "closed"],
  );
  const told = one.events.length;
  await one.clock.pass(3_600_000);
  t.is(one.events.length, told);
});

test("a poll that is cut while files are read for it has served nothing, and says nothing else", async (t) => {
  const one = await machine(t, { config: QUIET });
  await one.open().settled;
  const polls = one.of("fetch.succeeded").length;
  let asked = 0;
  Object.assign(one.storage.state.builder, {
    readAhead: () => {
      asked += 1;
      return new Promise(() => {});
    },
  });
  await one.remote.commit({ [FEATURES]: features({ one: false }) });
  const nudged = one.running().nudge();
  await one.clock.until(() => asked > 0);
  const drained = one.streams.drain(never);
  await one.clock.settle();
  await Promise.all([drained, nudged.catch(() => undefined)]);
  t.is(one.of("fetch.succeeded").length, polls);
  t.is(one.of("fetch.failed").length, 0);
  t.deepEqual(one.served(), { one: true });
});

test("what still waits when the time to drain is over is answered that the daemon is stopping", async (t) => {
  const one = await machine(t, { config: QUIET });
  await one.open().settled;
  one.remote.before = (_, signal) => hang(signal);
  const underWay = one.write(flag("two", true, "create"));
  await one.clock.until(() => one.remote.count("+push") === 1);
  const waiting = one.write(flag("three", true, "create"));
  const cut = new AbortController();
  const drained = one.streams.drain(cut.signal);
  await one.clock.settle();
  t.false(one.hasEnded());
  cut.abort();
  await drained;
  for (const answer of [underWay, waiting]) await t.throwsAsync(answer, { code: "VEXIL_UNAVAILABLE_DRAINING" });
  await one.clock.settle();
  t.is(one.remote.count("+push"), one.remote.count("-push"), "and the push is cut");
  t.true(one.hasEnded());
});

/** One backend that several daemons use, of whom one has the lease. */
function sharedBackend(clock: VirtualClock): {
  backend: () => Backend;
  lose: () => void;
  holder: () => string | undefined;
} {
  const store = mapBackend();
  let held: { readonly by: string; readonly lost: AbortController } | undefined;
  let count = 0;
  const backend = (): Backend => {
    count += 1;
    const by = `daemon-${count}`;
    const lease = async (): Promise<Lease | undefined> => {
      if (held !== undefined) return undefined;
      const lost = new AbortController();
      held = { by, lost };
      const release = async (): Promise<void> => {
        if (held?.by === by) held = undefined;
      };
      return { lost: lost.signal, release };
    };
    return { ...store, lease };
  };
  const lose = (): void => {
    const { lost } = held ?? {};
    held = { by: "nobody", lost: new AbortController() };
    clock.scheduler.schedule(() => {
      held = undefined;
    }, 5_000);
    lost?.abort();
  };
  return { backend, lose, holder: () => held?.by };
}

test("one of two daemons polls; when it ends, or loses its lease, the other takes over, and both serve the same", async (t) => {
  const clock = new VirtualClock();
  const remote = new MapRemote();
  const shared = sharedBackend(clock);
  const options = { clock, remote, isShared: true, config: { pollIntervalMs: 10_000 } };
  const one = await machine(t, { ...options, backend: shared.backend() });
  await one.open().settled;
  const two = await machine(t, { ...options, backend: shared.backend() });
  const second = two.open();
  await clock.pass(1_000);
  await second.settled;
  t.is(shared.holder(), "daemon-1");
  await clock.pass(30_000);
  t.is(two.of("fetch.succeeded").length, 0, "who follows asks the remote for nothing");
  t.is(one.storage.phase.now, "polling");
  t.is(two.storage.phase.now, "following");
  await remote.commit({ "default/features.yaml": features({ one: false }) });
  await clock.pass(25_000);
  for (const daemon of [one, two]) t.deepEqual(daemon.served(), { one: false });

  const before = one.of("fetch.succeeded").length;
  shared.lose();
  await clock.settle();
  t.is(one.storage.phase.now, "following", "a lost lease is given up at once");
  await clock.pass(4_000);
  t.is(one.of("fetch.succeeded").length, before, "and nobody polls while nobody has it");
  await clock.pass(3_000);
  const holder = shared.holder() === "daemon-1" ? one : two;
  const other = holder === one ? two : one;
  t.is(holder.storage.phase.now, "polling");
  t.is(other.storage.phase.now, "following");

  await holder.streams.drain(never);
  await clock.pass(2_000);
  t.is(other.storage.phase.now, "polling", "the next try of the other gets it");
  await remote.commit({ "default/features.yaml": features({ one: true, two: true }) });
  await clock.pass(12_000);
  t.deepEqual(other.served(), { one: true, two: true });
});

test("a nudge where another daemon polls is answered by a look of its own", async (t) => {
  const clock = new VirtualClock();
  const remote = new MapRemote();
  const shared = sharedBackend(clock);
  const options = { clock, remote, isShared: true, config: QUIET };
  await (await machine(t, { ...options, backend: shared.backend() })).open().settled;
  const two = await machine(t, { ...options, backend: shared.backend() });
  const opened = two.open();
  await clock.pass(1_000);
  await opened.settled;
  await remote.commit({ "default/features.yaml": features({ one: false }) });
  await two.running().nudge();
  t.deepEqual(two.served(), { one: false });
  t.is(two.of("fetch.succeeded").length, 0);
});

test("a plugin that never answers fails its storage at the call's deadline, and answers again later", async (t) => {
  const clock = new VirtualClock();
  const remote = new MapRemote();
  await remote.commit({ "default/features.yaml": features({ one: true }) });
  let isMute = false;
  const { refs } = remote.backend;
  const mute: Backend = {
    ...remote.backend,
    refs: { ...refs, list: (prefix) => (isMute ? new Promise(() => {}) : refs.list(prefix)) },
  };
  const guard = new GuardScope({
    identity: { plugin: "mute", package: "vexil-backend-mute", owner: "storage main" },
    directory: undefined,
    settings: {},
    logger: new RecordingLogger(),
    clock,
    deadlines: { loadMs: 10_000, validateMs: 10_000, createMs: 10_000, useMs: 10_000, closeMs: 5_000 },
  });
  const one = await machine(t, { clock, remote: null, files: null, backend: guardBackend(mute, guard) });
  await one.open().settled;
  t.deepEqual(one.served(), { one: true });
  isMute = true;
  await clock.pass(12_000);
  t.is(one.of("rebuild.failed").length, 0, "the call has ten seconds");
  const answer = one.write(flag("one", false));
  await clock.pass(25_000);
  t.is(one.status.storage("main")?.state, "failed");
  t.regex(one.of("rebuild.failed")[0]?.error.message ?? "", /refs\.list did not answer within 10 s/);
  await t.throwsAsync(answer, { code: "VEXIL_PLUGIN_USE" });
  t.deepEqual(one.served(), { one: true }, "the last good state is served");
  isMute = false;
  await clock.pass(40_000);
  t.is(one.status.storage("main")?.state, "ready");
});
