import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import test, { type ExecutionContext } from "ava";
import { eventually, type Json, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { type TemporaryRepository, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const FEATURES = `
version: "1.5"
namespace: { key: default, name: Default }
flags:
  - key: banner
    name: Banner
    type: BOOLEAN_FLAG_TYPE
    enabled: false
    rollouts: [{ threshold: { percentage: 50, value: true } }]
  - key: theme
    name: Theme
    type: VARIANT_FLAG_TYPE
    enabled: true
    variants: [{ key: dark, name: Dark }, { key: light, name: Light }]
    rules:
      - segment: everyone
        distributions: [{ variant: dark, rollout: 50 }, { variant: light, rollout: 50 }]
  - key: unused
    name: Unused
    type: BOOLEAN_FLAG_TYPE
    enabled: true
segments: [{ key: everyone, name: Everyone, match_type: ALL_MATCH_TYPE }]
`;

const USAGE = "/api/v2/environments/default/namespaces/default/usage";

interface Place {
  readonly repository: TemporaryRepository;
  readonly directory: string;
  start(workers?: number, storage?: Readonly<Record<string, unknown>>): Promise<RunningDaemon>;
}

async function place(t: ExecutionContext): Promise<Place> {
  const repository = await temporaryRepository(t, { files: { "default/features.yaml": FEATURES } });
  const directory = join(await temporaryDirectory(t), "counts");
  return {
    repository,
    directory,
    start: (workers = 3, analytics = {}) =>
      startDaemon(t, {
        config: {
          server: { workers },
          storage: { default: { remote: repository.path, poll_interval: "1s" } },
          analytics: { path: directory, ...analytics },
        },
      }),
  };
}

/** Requests of each kind, at random; counts by flag and value what came back. */
async function evaluateAtRandom(daemon: RunningDaemon, counts: Map<string, number>, requests: number): Promise<void> {
  const note = (flag: string, value: string): void => {
    const key = `${flag} ${value}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  const noteAll = (responses: readonly Json[]): void => {
    for (const { booleanResponse, variantResponse } of responses) {
      if (booleanResponse) note(booleanResponse.flagKey, String(booleanResponse.enabled));
      else note(variantResponse.flagKey, variantResponse.variantKey);
    }
  };
  const fresh = { connection: "close" };
  const kinds: readonly ((entityId: string) => Promise<void>)[] = [
    async (entityId) => {
      const { body } = await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId }, fresh);
      note("banner", String(body.enabled));
    },
    async (entityId) => {
      const { body } = await daemon.post("/evaluate/v1/variant", { flagKey: "theme", entityId }, fresh);
      note("theme", body.variantKey);
    },
    async (entityId) => {
      const requests = ["banner", "theme", "banner"].map((flagKey) => ({ flagKey, entityId }));
      noteAll((await daemon.post("/evaluate/v1/batch", { requests }, fresh)).body.responses);
    },
    async (entityId) => {
      const { body } = await daemon.post(
        "/ofrep/v1/evaluate/flags/theme",
        { context: { targetingKey: entityId } },
        fresh,
      );
      note("theme", body.variant);
    },
    async (entityId) => {
      const { body } = await daemon.post("/ofrep/v1/evaluate/flags", { context: { targetingKey: entityId } }, fresh);
      for (const { key, variant } of body.flags) note(key, variant);
    },
    async (entityId) => {
      t404((await daemon.post("/evaluate/v1/boolean", { flagKey: `none-${entityId}`, entityId }, fresh)).status);
    },
  ];
  const run = async (index: number): Promise<void> => {
    await kinds[index % kinds.length]?.(`user-${Math.floor(Math.random() * 1e6)}`);
  };
  for (let done = 0; done < requests; done += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => run(done + i)));
}

function t404(status: number): void {
  if (status !== 404) throw new Error(`a flag that there is not gets ${status}`);
}

const shown = (counts: ReadonlyMap<string, number>): string => JSON.stringify([...counts].sort());

async function told(daemon: RunningDaemon): Promise<string> {
  const { flags } = (await daemon.get(USAGE)).body;
  const counts = new Map<string, number>();
  for (const { key, answers } of flags)
    for (const { value, count } of answers) {
      counts.set(`${key} ${value}`, (counts.get(`${key} ${value}`) ?? 0) + count);
    }
  return shown(counts);
}

test("counts equal the requests made, over three workers, a restart and a killed daemon", async (t) => {
  const { start, directory } = await place(t);
  const counts = new Map<string, number>();
  const first = await start();
  await evaluateAtRandom(first, counts, 240);
  // Whatever is still in the workers is told when they end.
  await first.stop();
  const second = await start();
  await eventually(
    () => told(second),
    (text) => text === shown(counts),
  );
  await evaluateAtRandom(second, counts, 120);
  await eventually(
    () => told(second),
    (text) => text === shown(counts),
  );
  // What is written is not lost.
  await eventually(
    () => written(directory),
    (text) => text === shown(counts),
  );
  await second.stop("SIGKILL");
  const third = await start(1);
  await eventually(
    () => told(third),
    (text) => text === shown(counts),
  );
  await evaluateAtRandom(third, counts, 60);
  t.is(await told(third), shown(counts), "one process knows its own counts at once");
  const { flags } = (await third.get(USAGE)).body;
  const unused = flags.find((flag: Json) => flag.key === "unused");
  t.true(unused.evaluations > 0, "bulk answers evaluate it, too");
  t.deepEqual(
    flags.map((flag: Json) => flag.key),
    ["banner", "theme", "unused"],
    "flags that are not there are not counted",
  );
});

async function names(directory: string): Promise<readonly string[]> {
  return (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(".json.gz")).sort();
}

/** Counts of the files, put together. */
async function written(directory: string): Promise<string> {
  const counts = new Map<string, number>();
  for (const name of await names(directory)) {
    const file = JSON.parse(gunzipSync(await readFile(join(directory, name))).toString());
    for (const [, , flag, , , answers] of file.flags) {
      for (const [value, , count] of answers) {
        counts.set(`${flag} ${value}`, (counts.get(`${flag} ${value}`) ?? 0) + count);
      }
    }
  }
  return shown(counts);
}

test("the compatible endpoints answer from the counts", async (t) => {
  const { start } = await place(t);
  const daemon = await start(1);
  for (let index = 0; index < 7; index += 1) {
    await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: `u${index}` });
  }
  const base = "/internal/v2/analytics/environments/default/namespaces/default";
  const now = Date.now();
  const [from = "", to = ""] = [now - 6 * 3_600_000, now].map((time) => new Date(time).toISOString());
  const one = await daemon.get(`${base}/flags/banner?from=${from}&to=${to}`);
  t.is(one.status, 200);
  t.is(one.body.timestamps.length, one.body.values.length);
  t.regex(one.body.timestamps[0], /^\d{4}-\d{2}-\d{2}T\d{2}:00:00Z$/);
  t.is(
    one.body.values.reduce((sum: number, value: number) => sum + value, 0),
    7,
  );
  const batch = await daemon.post(`${base}/batch`, { flagKeys: ["banner", "nobody"], from, to, limit: 3 });
  t.is(batch.status, 200);
  t.deepEqual(Object.keys(batch.body.flagEvaluations), ["banner", "nobody"]);
  t.is(batch.body.flagEvaluations.banner.values.length, 3);
  t.deepEqual(batch.body.flagEvaluations.nobody.values, [0, 0, 0]);
  const [day, time] = to.slice(0, 19).split("T");
  const plain = await daemon.get(`${base}/flags/banner?from=${day} ${time}&to=${day} ${time}`);
  t.deepEqual(plain.body.values, [7], "times without a zone are UTC");
  const beyond = await daemon.get(`${base}/flags/banner?from=0001-01-01T00:00:00Z&to=9999-01-01T00:00:00Z`);
  t.is(beyond.body.values.length, 30 * 24 + 1, "as far as counts go");
  t.deepEqual((await daemon.get(`${base}/flags/banner?from=${to}&to=${from}`)).body.values, []);
  for (const query of ["", "from=yesterday&to=now", `from=${to}`, `from=${from}&to=2026-13-01T00:00:00Z`]) {
    t.is((await daemon.get(`${base}/flags/banner?${query}`)).status, 400, query);
  }
  t.is(
    (await daemon.get(`${base.replace("environments/default", "environments/no")}/flags/banner?from=${from}&to=${to}`))
      .status,
    404,
  );
  t.deepEqual((await daemon.get("/meta/info")).body.analytics, { enabled: true });
});

test("where nothing is counted, the endpoints say so, and no file is made", async (t) => {
  const { start, directory } = await place(t);
  const daemon = await start(1, { enabled: false });
  await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" });
  t.is((await daemon.get(USAGE)).status, 501);
  const path = "/internal/v2/analytics/environments/default/namespaces/default/flags/banner";
  t.is((await daemon.get(`${path}?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z`)).status, 501);
  t.deepEqual((await daemon.get("/meta/info")).body.analytics, {});
  await daemon.stop();
  t.deepEqual(await names(directory), []);
});

test("a directory that cannot be written costs counts alone, and is told once", async (t) => {
  const { start, directory } = await place(t);
  // A file in its place: not even root can make a directory of it.
  await writeFile(directory, "");
  const daemon = await start(1);
  const evaluate = () => daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" });
  t.is((await evaluate()).status, 200);
  await daemon.line(({ event }) => event === "usage.unkept");
  t.is((await evaluate()).status, 200);
  const { flags } = (await daemon.get(USAGE)).body;
  t.is(flags[0].evaluations, 2);
  t.is(await daemon.stop(), 0);
  t.is(daemon.lines.filter(({ event }) => event === "usage.unkept").length, 1);
});

test("files that are damaged or strange are passed over, each told", async (t) => {
  const { start, directory } = await place(t);
  await mkdir(directory);
  const day = new Date().toISOString().slice(0, 13);
  await writeFile(join(directory, `${day}.0000000000000000.json.gz`), "no gzip");
  await writeFile(join(directory, "notes.txt"), "mine");
  await chmod(directory, 0o700);
  const daemon = await start(1);
  await daemon.line(({ event, file }) => event === "usage.unread" && String(file).includes("0000000000000000"));
  await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" });
  t.is((await daemon.get(USAGE)).body.flags[0].evaluations, 1);
});

test("a flag that is deleted is told no more; an environment of another name begins anew", async (t) => {
  const { start, repository } = await place(t);
  const daemon = await start(1);
  await daemon.post("/evaluate/v1/boolean", { flagKey: "banner", entityId: "u" });
  await daemon.post("/evaluate/v1/variant", { flagKey: "theme", entityId: "u" });
  await repository.commit({
    "default/features.yaml": FEATURES.replace(/ {2}- key: banner[\s\S]*?(?= {2}- key: theme)/, ""),
  });
  const keys = async (): Promise<string> => {
    const { flags } = (await daemon.get(USAGE)).body;
    return flags.map(({ key, evaluations }: Json) => `${key} ${evaluations}`).join();
  };
  await eventually(keys, (now) => now === "theme 1,unused 0");
  await daemon.stop();
  const renamed = await start(1, { enabled: true });
  t.is((await renamed.get(USAGE)).body.flags[0].evaluations, 1);
  t.is((await renamed.get(USAGE.replace("environments/default", "environments/production"))).status, 404);
});
