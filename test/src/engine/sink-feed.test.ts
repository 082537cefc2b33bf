import { systemClock } from "@vexil/engine/model/clock";
import type { Cursor } from "@vexil/engine/sinks/cursors";
import { RefCursors } from "@vexil/engine/sinks/cursors";
import { EnvironmentDelivery } from "@vexil/engine/sinks/environment-delivery";
import { Feed } from "@vexil/engine/sinks/feed";
import type { SinkEvent } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { recorder } from "../helpers/daemon/recorder.js";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { lots, randomHistory } from "../helpers/repositories/random-history.js";
import { ENVIRONMENT, feedStorage, itemsOf } from "../helpers/sinks/feed-storage.js";

const HISTORIES = Number(process.env.VEXIL_FEED_HISTORIES ?? 3);
const SEED = Number(process.env.VEXIL_FEED_SEED ?? 1);
const { signal } = new AbortController();

/** A difference between two states, told by whoever compares their texts. */
function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  return names.map((name) => `${name}: ${before.get(name)} → ${after.get(name)}`).sort();
}

const nameOf = (event: SinkEvent): string => {
  if (event.kind === "change") return `change ${event.namespace} ${event.type} ${event.key}`;
  return event.kind === "quarantine" ? `quarantine ${event.namespace} ${event.file}` : event.kind;
};

const told = (event: SinkEvent): string => {
  const { before, after } = event as { readonly before?: unknown; readonly after?: unknown };
  return `${nameOf(event)}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
};

async function drawn(t: ExecutionContext, seed: number, length = 18) {
  const history = await randomHistory(t, seed, length);
  const backend = await openLocal(t, history.path, { watch: false });
  const place = feedStorage(t, backend);
  const git = (...args: string[]): Promise<string> => nativeGit(["-C", history.path, ...args]);
  return { history, backend, place, git };
}

async function allEvents(feed: Feed, at: string | undefined): Promise<readonly SinkEvent[]> {
  const events: SinkEvent[] = [];
  for (const step of await feed.steps(at)) for await (const event of (await feed.open(step)) ?? []) events.push(event);
  return events;
}

test("what a feed tells of random histories is what consecutive fresh states differ in, with ids of their own", async (t) => {
  t.timeout(120_000);
  let count = 0;
  let faults = 0;
  for (let seed = SEED; seed < SEED + HISTORIES; seed += 1) {
    const { place, git } = await drawn(t, seed);
    const line = (await git("rev-list", "--first-parent", "--reverse", "main")).trim().split("\n");
    const head = line.at(-1) ?? "";
    place.move(head);
    const events = await allEvents(new Feed(place.storage, place.info, head, systemClock, signal), undefined);
    let before: ReadonlyMap<string, string> = new Map();
    for (const [index, commit] of line.entries()) {
      const after = itemsOf(await place.fresh(commit));
      const own = events.filter(
        ({ kind, ...event }) => kind !== "storage" && (event as { revision?: string }).revision === commit,
      );
      t.deepEqual(own.map(told).sort(), differences(before, after), `seed ${seed}, commit ${index}`);
      before = after;
    }
    const ids = new Set(events.map(({ id }) => id));
    t.is(ids.size, events.length, "two events have the same id");
    count += events.length;
    faults += events.filter(({ kind }) => kind === "quarantine").length;
    // Another daemon, which begins anywhere, gives them the same ids.
    const from = line[Math.floor(line.length / 2)];
    const later = await allEvents(new Feed(place.storage, place.info, head, systemClock, signal), from);
    const start = events.length - later.length;
    t.deepEqual(
      later.map(({ id }) => id),
      events.slice(start).map(({ id }) => id),
    );
  }
  t.log(`${HISTORIES} histories, ${count} events, ${faults} of them of faulty files`);
  t.true(count > 20 * HISTORIES && faults > 0);
});

/** Delivers until nothing is left, killed and begun anew at random; nothing lives on but the cursor. */
async function deliverCut(
  { place, backend }: Awaited<ReturnType<typeof drawn>>,
  draw: (bound: number) => number,
  taken: SinkEvent[],
  cuts: number,
  meanwhile: () => void = () => undefined,
): Promise<number> {
  let killed = 0;
  for (;;) {
    const life = new AbortController();
    const mayDie = killed < cuts;
    const strike = (odds: number): void => {
      if (!mayDie || draw(odds) !== 0) return;
      life.abort(new Error("killed"));
      life.signal.throwIfAborted();
    };
    const refs = new RefCursors(backend.refs, "test");
    const cursors = {
      read: (key: string) => refs.read(key),
      move: async (key: string, cursor: Cursor): Promise<void> => {
        strike(12);
        await refs.move(key, cursor);
        strike(12);
      },
      forget: (key: string) => refs.forget(key),
    };
    const target = {
      most: 1 + draw(4),
      deliver: async (batch: readonly SinkEvent[]): Promise<void> => {
        // Killed before it took any, or some, or before it could say that it took all.
        const some = mayDie && draw(8) === 0 ? draw(batch.length + 1) : undefined;
        taken.push(...batch.slice(0, some));
        if (some !== undefined) life.abort(new Error("killed"));
        life.signal.throwIfAborted();
      },
    };
    const delivery = new EnvironmentDelivery({
      config: { name: "test", from: "beginning" },
      isWanted: () => true,
      snapshots: { get: () => ({ info: place.info, snapshot: { revision: place.head } }) as never },
      storageOf: async () => ({ storage: place.storage, cursors, beside: (work) => work() }),
      needsProof: () => true,
      firstSeen: () => undefined,
      target: target as never,
      account: { waits: () => undefined } as never,
      clock: systemClock,
      logger: recorder().logger,
    });
    try {
      await delivery.run(ENVIRONMENT, life.signal);
      return killed;
    } catch (error) {
      if (!life.signal.aborted) throw error;
      killed += 1;
      meanwhile();
    }
  }
}

test("a walk that is killed at random points and begun anew gives the same events in the same order", async (t) => {
  t.timeout(120_000);
  let kills = 0;
  for (let seed = SEED; seed < SEED + HISTORIES; seed += 1) {
    const repository = await drawn(t, 100 + seed);
    const { place, git } = repository;
    const head = (await git("rev-parse", "main")).trim();
    place.move(head);
    const whole = await allEvents(new Feed(place.storage, place.info, head, systemClock, signal), undefined);
    const taken: SinkEvent[] = [];
    kills += await deliverCut(repository, lots(seed), taken, 12);
    const seen = new Set<string>();
    const once = taken.filter(({ id }) => !seen.has(id) && seen.add(id));
    t.deepEqual(once, JSON.parse(JSON.stringify(whole)), `seed ${seed}`);
    // A repeat is the same event, word by word.
    const byId = new Map<string, string>(once.map((event) => [event.id, JSON.stringify(event)]));
    for (const event of taken) t.is(JSON.stringify(event), byId.get(event.id) ?? "");
  }
  t.log(`${kills} kills`);
  t.true(kills > 2 * HISTORIES);
});

test("whatever becomes of a branch meanwhile, who follows the events has the state that is served", async (t) => {
  t.timeout(120_000);
  const origins = new Set<string>();
  for (let seed = SEED; seed < SEED + HISTORIES; seed += 1) {
    const repository = await drawn(t, 200 + seed);
    const { place, history } = repository;
    const commits = [...history.commits, ...history.hidden];
    const draw = lots(seed * 7);
    const taken: SinkEvent[] = [];
    for (let push = 0; push < 12; push += 1) {
      // By force, or not, onto any commit there is; whoever delivers is killed in between.
      const move = (): void => place.move(commits[draw(commits.length)] ?? "");
      move();
      const before = taken.length;
      await deliverCut(repository, draw, taken, draw(6), move);
      for (const event of taken.slice(before)) origins.add((event as { origin?: string }).origin ?? event.kind);
      const model = new Map<string, string>();
      for (const event of taken) {
        const { after } = event as { readonly after?: unknown };
        if (after === undefined) model.delete(nameOf(event));
        else model.set(nameOf(event), JSON.stringify(after));
      }
      const state = itemsOf(await place.fresh(place.head));
      t.deepEqual([...model].sort(), [...state].sort(), `seed ${seed}, push ${push}`);
    }
  }
  t.deepEqual([...origins].sort(), ["push", "rewritten"]);
});

test("a merge that has what was served as its second parent is told as one step, and no rewriting", async (t) => {
  const repository = await drawn(t, 5, 4);
  const { place, git } = repository;
  const served = (await git("rev-parse", "main")).trim();
  const identity = ["-c", "user.name=A", "-c", "user.email=a@b.c"];
  const [base = ""] = (await git("rev-list", "--max-parents=0", "main")).split("\n");
  const tree = `${base}^{tree}`;
  const other = (await git(...identity, "commit-tree", tree, "-p", base, "-m", "mine")).trim();
  const merge = (
    await git(...identity, "commit-tree", `${served}^{tree}`, "-p", other, "-p", served, "-m", "pull")
  ).trim();
  const top = (await git(...identity, "commit-tree", tree, "-p", merge, "-m", "top")).trim();
  place.move(top);
  const feed = new Feed(place.storage, place.info, top, systemClock, signal);
  t.deepEqual(await feed.steps(served), [
    { from: served, to: merge, isRewritten: false },
    { from: merge, to: top, isRewritten: false },
  ]);
  t.false((await feed.step(served, merge)).isRewritten);
  t.true((await feed.step(top, served)).isRewritten);
});

test("where the state that was told last cannot be had any more, a gap says so, and it goes on from the head", async (t) => {
  const repository = await drawn(t, 9, 6);
  const { place, git, backend } = repository;
  const head = (await git("rev-parse", "main")).trim();
  place.move(head);
  const lost = "1".repeat(40);
  const feed = new Feed(place.storage, place.info, head, systemClock, signal);
  const events = await allEvents(feed, lost);
  t.is(events.length, 1);
  t.like(events[0], { kind: "gap", previous: lost, revision: head, environment: ENVIRONMENT });
  t.regex((events[0] as { reason: string }).reason, /1{40}/);
  const refs = new RefCursors(backend.refs, "test");
  await refs.move(ENVIRONMENT, { at: head, to: undefined });
  t.deepEqual(await refs.read(ENVIRONMENT), { at: head, to: undefined });
  await refs.forget(ENVIRONMENT);
  t.is(await refs.read(ENVIRONMENT), undefined);
});
