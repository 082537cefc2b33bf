import { execFileSync } from "node:child_process";
import type { SourceFile } from "@vexil/flags/parse/file-parser";
import { ParseBudget } from "@vexil/flags/parse/parse-budget";
import { ProcessParser } from "@vexil/flags/parse/process-parser";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { blobId } from "../helpers/flags/build-from-files.js";

function source(name: string, text: string, storage = "main"): SourceFile {
  const bytes = Buffer.from(text);
  return { path: `${name}/features.yaml`, oid: blobId(text), bytes, limits: DEFAULT_FEATURE_LIMITS, storage };
}

function start(
  t: ExecutionContext,
  options: { fileMs?: number; roundMs?: number; heapMegabytes?: number } = {},
): ProcessParser {
  const { heapMegabytes = 256, ...times } = options;
  const parser = new ProcessParser({ processes: 1, heapMegabytes, budget: new ParseBudget(times) });
  t.teardown(() => parser.close());
  return parser;
}

const small = (name: string, storage?: string): SourceFile => source(name, `namespace: ${name}\n`, storage);
const large = source("large", `namespace: large\nflags: [${"{key: x, name: X},".repeat(200_000)}]\n`);
const many = source("many", `namespace: many\nflags: [${"{key: x, name: X},".repeat(20_000)}]\n`);
/** Seconds for the reader that gives a second opinion. */
const slow = (name: string, storage?: string): SourceFile => source(name, `[${",".repeat(250_000)} ${name}`, storage);

/** Time that a file has in one of the tests; a slow one takes twice as long on a fast machine. */
const FILE_MS = 400;

/** Processes that this one has started. */
function children(): readonly number[] {
  const listed = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)], { encoding: "utf8" });
  return listed
    .split("\n")
    .flatMap((line) => (/vexil parser|parse-worker/.test(line) ? [Number.parseInt(line, 10)] : []));
}

test.serial("a process that has parsed one file parses the next", async (t) => {
  const parser = start(t);
  for (const name of ["a", "b", "c"]) {
    const { documents, faults } = await parser.parse(small(name));
    t.deepEqual([documents[0]?.namespace.key, faults.length], [name, 0]);
  }
  t.is(children().length, 1);
});

test.serial(
  "a file that uses up its time is a file with a fault that names the time, and is not tried again",
  async (t) => {
    const parser = start(t, { fileMs: FILE_MS });
    for (const isFirst of [true, false]) {
      const startedAt = performance.now();
      const { documents, faults, unread } = await parser.parse(slow("a"));
      t.deepEqual([documents, unread], [[], undefined]);
      t.deepEqual(
        faults.map(({ file, line, reason }) => [file, line, reason]),
        [["a/features.yaml", 1, "the file cannot be parsed: it takes longer than the 0.4 s a file has"]],
      );
      // A try would take all the time that a file has.
      if (!isFirst) t.true(performance.now() - startedAt < FILE_MS, "remembered");
    }
    t.is(await parser.layout(slow("a")), undefined);
    t.deepEqual(await parser.locate(slow("a"), []), []);
    t.regex((await parser.settings(slow("a"))).faults[0]?.reason ?? "", /longer than the 0.4 s/);
    t.is((await parser.parse(small("b"))).documents.length, 1);
  },
);

test.serial(
  "a file that ends its process is a file with a fault, is not tried again, and others are parsed",
  async (t) => {
    const parser = start(t, { heapMegabytes: 24 });
    const files = await Promise.all([parser.parse(large), parser.parse(small("b")), parser.parse(large)]);
    for (const file of [files[0], files[2], await parser.parse(large)]) {
      t.regex(file?.faults[0]?.reason ?? "", /cannot be parsed: the process that read it ran out of memory or crashed/);
      t.is(file?.unread, undefined);
    }
    t.deepEqual([files[1]?.documents[0]?.namespace.key, files[1]?.faults], ["b", []]);
  },
);

test.serial("a file above 16 MB has as much more memory as it is larger, in a process of its own", async (t) => {
  const parser = start(t, { heapMegabytes: 48 });
  const comments = `# ${"x".repeat(997)}\n`.repeat(44_000);
  const long = source("long", `${many.bytes.toString()}${comments}`);
  const limits = { ...DEFAULT_FEATURE_LIMITS, fileBytes: 48e6 };
  const { documents, faults } = await parser.parse({ ...long, limits });
  t.deepEqual([documents[0]?.flags.length, faults], [20_000, []]);
  await parser.parse(small("a"));
  await eventually(
    async () => children(),
    ({ length }) => length === 1,
  );
});

test.serial("a file whose process is killed by somebody else is parsed by the next one", async (t) => {
  const parser = start(t, { fileMs: 20_000 });
  await parser.parse(small("a"));
  const [first] = children();
  const parsing = parser.parse(many);
  if (first !== undefined) process.kill(first, "SIGKILL");
  const { documents, faults } = await parsing;
  t.deepEqual([documents[0]?.flags.length, faults], [20_000, []]);
  t.notDeepEqual(children(), [first]);
});

test.serial("files of one storage do not wait for slow files of others", async (t) => {
  const parser = start(t, { fileMs: 700 });
  await parser.parse(small("warm"));
  const order: string[] = [];
  const note = async (name: string, parsing: Promise<unknown>): Promise<void> => {
    await parsing;
    order.push(name);
  };
  await Promise.all([
    ...["a", "b", "c", "d"].map((name) => note(`slow ${name}`, parser.parse(slow(name, "hostile")))),
    ...["a", "b", "c"].map((name) => note("innocent", parser.parse(small(name, "innocent")))),
  ]);
  // The first slow file may have its time before them, but no other.
  t.deepEqual(
    order.filter((name) => name !== "slow a"),
    ["innocent", "innocent", "innocent", "slow b", "slow c", "slow d"],
  );
});

test.serial("the slow files of a storage have their time in a round", async (t) => {
  const parser = start(t, { fileMs: FILE_MS, roundMs: 1_000 });
  const slowFiles = Array.from({ length: 40 }, (_, index) => slow(String(index)));
  const parsed = await Promise.all(slowFiles.map((file) => parser.parse(file)));
  const reasons = parsed.map(({ faults }) => faults[0]?.reason ?? "");
  t.regex(reasons[0] ?? "", /longer than the 0.4 s/);
  // Time comes back bit by bit, and a busy machine gives it back meanwhile: a few of the others are tried.
  const refused = parsed.filter((_, index) => !/longer than the 0.4 s/.test(reasons[index] ?? ""));
  t.true(refused.length >= slowFiles.length / 2, `${refused.length}`);
  for (const { faults, unread } of refused) {
    t.regex(faults[0]?.reason ?? "", /used up the 1 s they have in a round; it is tried again/);
    t.true(unread);
  }
  // What is left of the round is for those that a sound file's time is enough for; it comes back bit by bit.
  t.is((await parser.parse(small("other", "another storage"))).documents.length, 1);
});

test.serial(
  "a closed parser answers what waits for it and what comes later, and leaves no process behind",
  async (t) => {
    const parser = start(t);
    parser.warmUp();
    const waiting = [parser.parse(large), parser.parse(small("a")), parser.parse(small("b"))];
    await parser.close();
    for (const file of [...(await Promise.all(waiting)), await parser.parse(small("c"))]) {
      t.regex(file.faults[0]?.reason ?? "", /the parser was closed/);
    }
    t.deepEqual(children(), []);
  },
);
