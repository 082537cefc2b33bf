import { systemClock } from "@vexil/engine/model/clock";
import { atCommit, EventReader, type FeedPlace } from "@vexil/engine/sinks/event-reader";
import { Feed } from "@vexil/engine/sinks/feed";
import { PastShelf } from "@vexil/engine/storage/past/past-shelf";
import type { SinkEvent } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { openLocal } from "../helpers/plugins/local-backend.js";
import { nativeGit } from "../helpers/repositories/native-git.js";
import { lots, randomHistory } from "../helpers/repositories/random-history.js";
import { ENVIRONMENT, feedStorage } from "../helpers/sinks/feed-storage.js";

const HISTORIES = Number(process.env.VEXIL_FEED_HISTORIES ?? 2);
const SEED = Number(process.env.VEXIL_FEED_SEED ?? 1);

async function drawn(t: ExecutionContext, seed: number, shelfBytes?: number) {
  const history = await randomHistory(t, seed, 14);
  const backend = await openLocal(t, history.path, { watch: false });
  const place = feedStorage(t, backend, "production", shelfBytes);
  const git = async (...args: string[]): Promise<string> => (await nativeGit(["-C", history.path, ...args])).trim();
  place.move(await git("rev-parse", "main"));
  const reader = (): EventReader =>
    new EventReader({
      storages: { ofEnvironment: () => place.storage as never },
      streams: { get: () => ({ beside: (work: () => unknown) => work() }) as never },
      snapshots: { get: () => ({ info: place.info, snapshot: { revision: place.head } }) as never },
      clock: systemClock,
      needsProof: () => true,
    });
  return { place, git, reader };
}

interface Told {
  readonly event: SinkEvent;
  /** Where whoever was told of it stands. */
  readonly place: FeedPlace;
}

/** Reads until all is told, or until so many events were. */
async function read(reader: EventReader, from: FeedPlace, most = Number.POSITIVE_INFINITY): Promise<readonly Told[]> {
  const told: Told[] = [];
  let place = from;
  for (;;) {
    const page = await reader.next(ENVIRONMENT, place);
    if (page === undefined) return told;
    const { before, events, after } = page;
    for (const [index, { event }] of events.entries()) {
      place = index === events.length - 1 ? after : { ...before, told: before.told + index + 1 };
      told.push({ event, place });
      if (told.length >= most) return told;
    }
    if (events.length === 0) place = after;
  }
}

const idsOf = (told: readonly Told[]): readonly string[] => told.map(({ event }) => event.id);

test("whoever goes on from any event of a random history gets what a feed tells after it, from any reader", async (t) => {
  t.timeout(120_000);
  let count = 0;
  for (let seed = SEED; seed < SEED + HISTORIES; seed += 1) {
    const { place, reader } = await drawn(t, seed);
    const { signal } = new AbortController();
    const feed = new Feed(place.storage, place.info, place.head, systemClock, signal);
    const expected: string[] = [];
    for (const step of await feed.steps(undefined)) {
      for await (const { id } of (await feed.open(step)) ?? []) expected.push(id);
    }
    const one = reader();
    const all = await read(one, atCommit(undefined));
    t.deepEqual(idsOf(all), expected, `seed ${seed}`);
    for (const [index, { place: at }] of all.entries()) {
      t.deepEqual(idsOf(await read(index % 2 === 0 ? one : reader(), at)), expected.slice(index + 1), `seed ${seed}`);
      t.true(await one.leadsOn(ENVIRONMENT, at));
    }
    // All of them at once cost no more than one.
    const [before, many] = [reader(), reader()];
    await read(before, atCommit(undefined));
    await Promise.all(Array.from({ length: 50 }, () => read(many, atCommit(undefined))));
    t.is(many.computed, before.computed);
    count += all.length;
  }
  t.log(`${count} events`);
});

test("what was begun before a forced push is told to its end, then the difference; a stranger's place is none", async (t) => {
  t.timeout(120_000);
  for (let seed = SEED; seed < SEED + HISTORIES; seed += 1) {
    const { place, git, reader } = await drawn(t, seed);
    const draw = lots(seed + 100);
    const one = reader();
    const all = await read(one, atCommit(undefined));
    const middle = all[draw(all.length)] as Told;
    const rest = all.slice(all.indexOf(middle) + 1);
    const begun = rest.filter(({ event }) => event.kind !== "storage" && event.revision === middle.place.to);
    const old = place.head;
    const tree = await git("rev-parse", "main^{tree}");
    const parent = await git("rev-parse", "main~3");
    place.move(await git("commit-tree", tree, "-p", parent, "-m", "rewritten"));
    const told = await read(one, middle.place);
    t.deepEqual(idsOf(told).slice(0, begun.length), idsOf(begun), `seed ${seed}`);
    t.deepEqual(idsOf(told), idsOf(await read(reader(), middle.place)));
    // The trees are the same: whoever had all has nothing new but what faults have left.
    for (const { event } of await read(one, atCommit(old))) {
      t.true(event.kind !== "storage" && event.kind !== "gap" && event.origin === "rewritten");
    }
    t.false(await one.leadsOn(ENVIRONMENT, atCommit(old)));
    t.true(await one.leadsOn(ENVIRONMENT, atCommit(parent)));
    t.false(await one.leadsOn(ENVIRONMENT, atCommit("0".repeat(40))));
    t.false(await one.leadsOn(ENVIRONMENT, { at: parent, to: old, told: 0 }));
  }
});

test("where somebody waits the state is built before it changes, once", async (t) => {
  const { place, git, reader } = await drawn(t, SEED);
  const { timeline } = place.storage;
  const asked: string[] = [];
  const build = timeline.feedSnapshot.bind(timeline);
  timeline.feedSnapshot = (environment, revision, signal) => {
    asked.push(revision);
    return build(environment, revision, signal);
  };
  const one = reader();
  const old = place.head;
  for (let count = 0; count < 3; count += 1) one.ready(ENVIRONMENT);
  await eventually(
    async () => asked.length,
    (count) => count > 0,
  );
  t.deepEqual(asked, [old]);
  await build(ENVIRONMENT, old, new AbortController().signal);
  place.move(await git("commit-tree", `${old}^{tree}`, "-p", old, "-m", "next"));
  one.ready(ENVIRONMENT);
  await eventually(
    async () => asked.length,
    (count) => count > 1,
  );
  t.deepEqual(asked, [old, place.head]);
});

test("states that events are computed from push out none that reads of the past have asked for", async (t) => {
  // Of each shelf the newest state is kept.
  const { place, git } = await drawn(t, SEED, 0);
  const line = (await git("rev-list", "--first-parent", "main")).split("\n");
  const { signal } = new AbortController();
  const { timeline } = place.storage;
  const [first = ""] = line;
  const read = await timeline.snapshot(ENVIRONMENT, first, signal);
  for (const revision of line) await timeline.feedSnapshot(ENVIRONMENT, revision, signal);
  t.is(await timeline.snapshot(ENVIRONMENT, first, signal), read);
  // Two shelves hold the same state by names of their own.
  const held: string[] = [];
  const builder = { letGo: (holder: string) => void held.push(holder) };
  const state = { namespaces: new Map(), files: new Map() } as never;
  for (const name of ["", "feed "]) {
    const shelf = new PastShelf(builder, 0, name);
    for (const revision of ["a", "b"]) await shelf.get({ environment: "e", revision }, async () => state);
  }
  t.is(new Set(held).size, held.length);
});
