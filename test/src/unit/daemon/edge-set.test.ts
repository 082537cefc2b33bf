import test from "ava";
import { edgeVariables } from "../../../../daemon/dist/edge/edge-variables.js";
import { Nudges } from "../../../../daemon/dist/edge/nudges.js";
import { retryAfterMs } from "../../../../daemon/dist/edge/retry-after.js";
import { readUpstreamSet } from "../../../../daemon/dist/edge/upstream-set.js";
import { ReceivedHours } from "../../../../daemon/dist/usage/received-hours.js";
import { eventually } from "../../helpers/daemon/daemon.js";

const INSTANCE = "11111111-2222-4333-8444-555555555555";
const ENVIRONMENT = { key: "production", directory: "", default: true, maxBranches: 500, tests: "warn" };

function set(storage: object, ...more: readonly object[]): unknown {
  const first = { id: "main", branch: "main", environments: [ENVIRONMENT], ...storage };
  return { instance: INSTANCE, upstreams: [], storages: [first, ...more] };
}

test("a set of storages is taken as it is told", (t) => {
  t.is(readUpstreamSet(set({})).storages[0]?.environments[0]?.key, "production");
});

for (const [what, value] of [
  ["a storage that leads out of its directory", set({ id: "../../etc" })],
  ["a storage of two dots", set({ id: ".." })],
  ["a storage with a slash", set({ id: "a/b" })],
  ["a storage with a line break", set({ id: "a\nb" })],
  ["a branch that is none", set({ branch: "main..evil" })],
  ["a branch that is an option", set({ branch: "--upload-pack=x" })],
  ["a directory that leads out", set({ environments: [{ ...ENVIRONMENT, directory: "a/../.." }] })],
  ["a directory of git's own", set({ environments: [{ ...ENVIRONMENT, directory: ".git/hooks" }] })],
  ["two storages of one name", set({}, { id: "Main", branch: "main", environments: [] })],
  ["two default environments", set({}, { id: "b", branch: "b", environments: [{ ...ENVIRONMENT, key: "other" }] })],
  ["two environments of one name", set({ environments: [ENVIRONMENT, { ...ENVIRONMENT, directory: "x" }] })],
  ["no list at all", { instance: INSTANCE, upstreams: [] }],
  ["a text", "storages"],
] as const) {
  test(`a set with ${what} is refused as a whole, with the place`, (t) => {
    t.throws(() => readUpstreamSet(value), { code: "VEXIL_REMOTE_PROTOCOL", message: /list of storages/ });
  });
}

test("more storages or environments than an upstream can have are refused", (t) => {
  const many = Array.from({ length: 1_001 }, (_, index) => ({ id: `s${index}`, branch: "main", environments: [] }));
  t.throws(() => readUpstreamSet(set({}, ...many)), { code: "VEXIL_REMOTE_PROTOCOL" });
});

test("Retry-After is read as seconds and as a date, and never waits for more than five minutes", (t) => {
  t.is(retryAfterMs("2"), 2_000);
  t.is(retryAfterMs("86400"), 300_000);
  t.is(retryAfterMs("Thu, 01 Jan 1970 00:01:00 GMT", 0), 60_000);
  t.is(retryAfterMs("soon"), undefined);
  t.is(retryAfterMs(undefined), undefined);
});

test("heads of one commit poll their storage once, and those that are served already not at all", async (t) => {
  const served = new Map([
    ["a", "1".repeat(40)],
    ["b", "1".repeat(40)],
  ]);
  const polled: string[] = [];
  const nudges = new Nudges({
    snapshots: {
      get: (key) => {
        const revision = served.get(key);
        return revision === undefined ? undefined : ({ info: { storage: "main" }, snapshot: { revision } } as never);
      },
    },
    sync: async (storage) => {
      polled.push(storage);
      await new Promise(setImmediate);
      for (const key of served.keys()) served.set(key, "2".repeat(40));
    },
  });
  t.true(nudges.heard({ environment: "a", storage: "main", revision: "1".repeat(40) }));
  await new Promise((resolve) => setTimeout(resolve, 5));
  t.deepEqual(polled, []);
  nudges.heard({ environment: "a", storage: "main", revision: "2".repeat(40) });
  nudges.heard({ environment: "b", storage: "main", revision: "2".repeat(40) });
  await eventually(
    async () => polled.length,
    (count) => count > 0,
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.deepEqual(polled, ["main"]);
  t.false(nudges.heard({ environment: "new", storage: "main", revision: "3".repeat(40) }), "it is not known here");
});

test("an upstream that tells of environments without end has a storage polled once more, and what is served followed", async (t) => {
  let polls = 0;
  let release = (): void => undefined;
  let revision = "1".repeat(40);
  const nudges = new Nudges({
    snapshots: {
      get: (key) => (key === "served" ? ({ info: { storage: "main" }, snapshot: { revision } } as never) : undefined),
    },
    sync: async () => {
      polls += 1;
      if (polls === 1) await new Promise<void>((resolve) => (release = resolve));
      else revision = "2".repeat(40);
    },
  });
  const hear = (environment: string): boolean =>
    nudges.heard({ environment, storage: "main", revision: "2".repeat(40) });
  hear("new");
  await eventually(
    async () => polls,
    (count) => count === 1,
  );
  for (let count = 0; count < 2_000; count += 1) hear(`none-${count}`);
  t.true(hear("served"));
  release();
  await eventually(
    async () => polls,
    (count) => count === 2,
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.deepEqual([polls, revision], [2, "2".repeat(40)]);
});

test("an hour that is told again, or late, counts once", async (t) => {
  const hours = new ReceivedHours(undefined);
  const row = (count: number) => ({
    place: ["default", "default", "banner"] as const,
    first: 1,
    last: 2,
    answers: [["true", "MATCH", count]] as const,
  });
  const counted = async (count: number): Promise<number> =>
    (await hours.receive("2026-11-30T11.0123456789abcdef", [row(count)])).fresh.reduce((sum, one) => sum + one[5], 0);
  t.deepEqual(
    [await counted(5), await counted(5), await counted(8), await counted(6), await counted(8)],
    [5, 0, 3, 0, 0],
  );
});

test("options of the command become variables, and no secret is among them", (t) => {
  t.deepEqual(edgeVariables({ upstream: "http://u", tokenFile: "/t", counts: true, storage: ["a", "b"] }), {
    VEXIL_EDGE_UPSTREAM: "http://u",
    VEXIL_EDGE_STORAGES: "a b",
    VEXIL_EDGE_CREDENTIALS: "upstream",
    VEXIL_CREDENTIALS_UPSTREAM_TYPE: "access_token",
    VEXIL_CREDENTIALS_UPSTREAM_ACCESS_TOKEN_FILE: "/t",
  });
  t.throws(() => edgeVariables({ upstream: "http://u", username: "ada", counts: true }), {
    message: /belong together/,
  });
  t.throws(
    () => edgeVariables({ upstream: "http://u", tokenFile: "/t", username: "a", passwordFile: "/p", counts: true }),
    { message: /not both/ },
  );
});

test("branches that have moved are polled, all of them where an environment comes or goes, one poll at a time", async (t) => {
  const served = new Map(["a", "b", "c"].map((key) => [key, "1".repeat(40)]));
  const polls: (readonly string[] | "all")[] = [];
  let [running, most] = [0, 0];
  const nudges = new Nudges({
    snapshots: {
      get: (key) => {
        const revision = served.get(key);
        if (revision === undefined) return undefined;
        return { info: { storage: "main", branch: `of-${key}` }, snapshot: { revision } } as never;
      },
    },
    sync: async (_, branches) => {
      running += 1;
      most = Math.max(most, running);
      polls.push(branches === undefined ? "all" : [...branches].sort());
      const found = [...heard];
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const [key, revision] of found) {
        if (revision === "") served.delete(key);
        else served.set(key, revision);
      }
      running -= 1;
    },
  });
  const heard = new Map<string, string>();
  const hear = (environment: string, revision: string): void => {
    heard.set(environment, revision);
    nudges.heard({ environment, storage: "main", revision });
  };
  const polled = (count: number): Promise<unknown> =>
    eventually(
      async () => polls.length === count && running === 0,
      (isDone) => isDone,
    );
  hear("a", "2".repeat(40));
  hear("b", "2".repeat(40));
  // Another poll has it by then.
  served.set("b", "2".repeat(40));
  await polled(1);
  hear("a", "3".repeat(40));
  await new Promise((resolve) => setTimeout(resolve, 5));
  hear("c", "3".repeat(40));
  await polled(3);
  hear("b", "");
  await polled(4);
  hear("new", "4".repeat(40));
  await polled(5);
  t.deepEqual(polls, [["of-a"], ["of-a"], ["of-c"], "all", "all"]);
  t.is(most, 1);
});
