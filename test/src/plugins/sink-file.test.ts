import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import {
  appendFile,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { Secret, type SinkEvent } from "@vexil/plugin-api";
import { flagChange, RecordingLogger } from "@vexil/plugin-api/testing";
import file from "@vexil/sink-file";
import test, { type ExecutionContext } from "ava";
import { type TrailReport, verifyTrail } from "../../../daemon/dist/audit/verify-trail.js";
import { readEnd } from "../../../plugins/sink-file/dist/last-line.js";
import { smallDisk } from "../helpers/files/small-disk.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { lots } from "../helpers/repositories/random-history.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";

const MUTATIONS = Number(process.env.VEXIL_TRAIL_MUTATIONS ?? 300);
const KEY = "a key of more than sixteen letters";
const signal = new AbortController().signal;

async function openTrail(path: string, key?: string, rotate = 1e8) {
  const logger = new RecordingLogger();
  const settings = { path, rotate, ...(key === undefined ? {} : { key: new Secret(key) }) };
  const context = { sink: { name: "audit" }, configDirectory: "/", logger, redact: () => {}, signal };
  return { sink: await file.create(settings, context), logger };
}

const some = (count: number, seed = "e") =>
  Array.from({ length: count }, (_, index) =>
    flagChange(`${seed}${index}`, { key: `flag-${index}`, subject: "ä\u2028\ud800" }),
  );

async function trail(t: ExecutionContext, key: string | undefined, rotate: number) {
  const path = join(await temporaryDirectory(t), "audit.jsonl");
  const { sink } = await openTrail(path, key, rotate);
  for (const event of some(12)) await sink.deliver([event], { signal });
  await sink.close();
  return path;
}

test("a trail's file, those that it goes on in, and their directory are there after a power cut", async (t) => {
  const top = await temporaryDirectory(t);
  const synced: string[] = [];
  const handle = await open(top, "r");
  const { sync } = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  t.teardown(() => Object.assign(Object.getPrototypeOf(handle), { sync }));
  Object.assign(Object.getPrototypeOf(handle), {
    sync(this: FileHandle) {
      synced.push(readlinkSync(`/proc/self/fd/${this.fd}`));
      return sync.call(this);
    },
  });
  const directory = join(top, "a", "b");
  const { sink } = await openTrail(join(directory, "audit.jsonl"), undefined, 3_000);
  const own = (): readonly string[] => synced.filter((path) => path.startsWith(top));
  const [first, ...more] = some(12);
  await sink.deliver([first as SinkEvent], { signal });
  // That of its head last, which takes the place of the one before with each delivery.
  t.deepEqual(own(), [directory, join(top, "a"), top, directory]);
  for (const event of more) await sink.deliver([event], { signal });
  const files = (await readdir(directory)).filter((name) => /\.\d+$/.test(name));
  t.true(files.length > 0);
  t.deepEqual(own().slice(4), Array(files.length + more.length).fill(directory));
  await sink.close();
});

const reasons = ({ faults }: TrailReport): string => faults.map(({ reason }) => reason).join("; ");

test("any byte, line or end of a trail that is changed, removed, doubled, swapped or cut is found", async (t) => {
  t.timeout(120_000);
  const draw = lots(4);
  const kinds = new Map<string, number>();
  for (const [key, rotate] of [
    [undefined, 1e8],
    [KEY, 1e8],
    [undefined, 3_000],
    [KEY, 3_000],
  ] as const) {
    const path = await trail(t, key, rotate);
    const directory = join(path, "..");
    const sound = await verifyTrail(path, { key });
    t.is(reasons(sound), "");
    t.is(sound.lines, 12);
    t.is(sound.files.length > 1, rotate === 3_000);
    const names = await readdir(directory);
    const kept = new Map(
      await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name))] as const)),
    );
    for (let round = 0; round < MUTATIONS / 4; round += 1) {
      const candidates = names.filter((name) => !name.endsWith(".head") && (kept.get(name)?.length ?? 0) > 0);
      const name = candidates[draw(candidates.length)] ?? "";
      const bytes = kept.get(name) ?? Buffer.alloc(0);
      const lines = bytes.toString("latin1").split(/(?<=\n)/);
      const at = draw(lines.length);
      const other = (at + 1 + draw(Math.max(1, lines.length - 1))) % lines.length;
      const kind = ["byte", "remove", "double", "swap", "cut", "insert", "bit"][draw(7)] ?? "";
      let next = Buffer.from(bytes);
      if (kind === "byte") next[draw(next.length)] = draw(256);
      else if (kind === "bit") {
        const place = draw(next.length);
        next[place] = (next[place] ?? 0) ^ (1 << draw(8));
      } else if (kind === "cut") next = next.subarray(0, draw(next.length));
      else {
        if (kind === "remove") lines.splice(at, 1);
        else if (kind === "double") lines.splice(at, 0, lines[at] ?? "");
        else if (kind === "insert") lines.splice(at, 0, "\n");
        else [lines[at], lines[other]] = [lines[other] ?? "", lines[at] ?? ""];
        next = Buffer.from(lines.join(""), "latin1");
      }
      if (next.equals(bytes)) continue;
      await writeFile(join(directory, name), next);
      const report = await verifyTrail(path, { key });
      t.true(report.faults.length > 0, `${kind} of ${name} (${key === undefined ? "hash" : "key"}) was not found`);
      await writeFile(join(directory, name), bytes);
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    t.is(reasons(await verifyTrail(path, { key })), "");
  }
  t.log([...kinds].map(([kind, count]) => `${kind} ${count}`).join(", "));
});

test("with a key nobody makes lines anew who lacks it, and a line that was noted shows an older copy", async (t) => {
  const path = await trail(t, KEY, 1e8);
  t.regex(reasons(await verifyTrail(path, { key: undefined })), /another key was used/);
  const { last } = await verifyTrail(path, { key: KEY });
  // Both files as they were some lines before, whoever kept them.
  const copies = await Promise.all([path, `${path}.head`].map((name) => readFile(name)));
  const { sink } = await openTrail(path, KEY);
  await sink.deliver(some(2, "later"), { signal });
  await sink.close();
  const newest = (await verifyTrail(path, { key: KEY })).last;
  await Promise.all([path, `${path}.head`].map((name, index) => writeFile(name, copies[index] ?? "")));
  t.is(reasons(await verifyTrail(path, { key: KEY, expected: last })), "");
  t.regex(reasons(await verifyTrail(path, { key: KEY, expected: newest })), /was noted, is not there/);
  await rm(`${path}.head`);
  t.regex(reasons(await verifyTrail(path, { key: KEY })), /missing/);
});

test("half a line that a kill left is taken away, and the chain goes on", async (t) => {
  const path = await trail(t, undefined, 1e8);
  await appendFile(path, '{"seq":13,"prev":"');
  const between = await verifyTrail(path, { key: undefined });
  t.is(reasons(between), "");
  t.regex(between.notes.join(), /not whole/);
  const { sink, logger } = await openTrail(path);
  await sink.deliver(some(1, "after"), { signal });
  await sink.close();
  t.regex(logger.text(), /trail\.mended/);
  const report = await verifyTrail(path, { key: undefined });
  t.is(reasons(report), "");
  t.is(report.last?.seq, 13);
  // A kill after the lines, and before the head of the chain was noted.
  const head = await readFile(`${path}.head`);
  const again = await openTrail(path);
  await again.sink.deliver(some(1, "more"), { signal });
  await again.sink.close();
  await writeFile(`${path}.head`, head);
  const last = await openTrail(path);
  await last.sink.deliver(some(1, "last"), { signal });
  await last.sink.close();
  t.is(reasons(await verifyTrail(path, { key: undefined })), "");
});

test("an end that no trail has is kept and told of: whoever names a file of something else does not lose it", async (t) => {
  const path = join(await temporaryDirectory(t), "audit.jsonl");
  await writeFile(path, '{"precious": true}');
  const { sink, logger } = await openTrail(path);
  await sink.deliver(some(1), { signal });
  await sink.close();
  t.regex(logger.text(), /trail\.damaged/);
  t.true((await readFile(path, "utf8")).startsWith('{"precious": true}\n{"seq":1,'));
  t.regex(reasons(await verifyTrail(path, { key: undefined })), /no line of an audit trail/);
  const other = await trail(t, undefined, 1e8);
  await appendFile(other, "x".repeat(200_000));
  const again = await openTrail(other);
  await again.sink.deliver(some(1), { signal });
  await again.sink.close();
  t.regex(again.logger.text(), /trail\.damaged/);
  const report = await verifyTrail(other, { key: undefined });
  t.deepEqual([report.lines, report.last?.seq], [14, 13]);
});

test("what is longer than any line is no end of a trail, and is not taken away", async (t) => {
  const path = join(await temporaryDirectory(t), "long");
  await writeFile(path, `${"first\n"}{"seq":1${"x".repeat(300_000)}`);
  const file = await open(path);
  t.teardown(() => file.close());
  const { size } = await file.stat();
  t.deepEqual(await readEnd(file, size, 100_000), { line: undefined, whole: size, isHalf: false });
  t.deepEqual(await readEnd(file, size), { line: "first", whole: 6, isHalf: true });
});

test("a pipe in the file's place is refused, and keeps nobody waiting", async (t) => {
  const path = join(await temporaryDirectory(t), "audit.jsonl");
  spawnSync("mkfifo", [path]);
  const { sink } = await openTrail(path);
  await t.throwsAsync(() => sink.deliver(some(1), { signal }), {
    code: "VEXIL_UNAVAILABLE_SINK",
    message: /no regular file/,
  });
  await sink.close();
});

test("lines that somebody cut off before a restart, or while it runs, stay missed", async (t) => {
  const path = await trail(t, undefined, 1e8);
  const text = await readFile(path, "utf8");
  await truncate(path, Buffer.byteLength(text.split("\n").slice(0, 9).join("\n")) + 1);
  const { sink, logger } = await openTrail(path);
  await sink.deliver(some(3, "after"), { signal });
  t.regex(logger.text(), /trail\.damaged/);
  t.regex(reasons(await verifyTrail(path, { key: undefined })), /line 13 stands where 10 belongs/);
  // Rotated away by others: it goes on in a new file of that name.
  await rename(path, `${path}.away`);
  await sink.deliver(some(1, "new"), { signal });
  await sink.close();
  t.is((await verifyTrail(path, { key: undefined })).last?.seq, 16);
});

test("a directory in the file's place is told and mended", async (t) => {
  const path = join(await temporaryDirectory(t), "audit.jsonl");
  await mkdir(path);
  const { sink } = await openTrail(path);
  await t.throwsAsync(() => sink.deliver(some(1), { signal }), { code: "VEXIL_UNAVAILABLE_SINK", message: /EISDIR/ });
  await rm(path, { recursive: true });
  await sink.deliver(some(1), { signal });
  t.is((await stat(path)).mode & 0o777, 0o600);
  await sink.close();
});

test("a file system without room is told, and the trail goes on whole once there is some", async (t) => {
  const disk = await smallDisk(t);
  if (typeof disk === "string") {
    skipUnless(t, `no small disk can be made here (${disk})`);
    return;
  }
  const full = join(disk.path, "audit.jsonl");
  const small = await openTrail(full);
  await small.sink.deliver(some(2), { signal });
  await writeFile(join(disk.path, "ballast"), Buffer.alloc(64e6)).catch(() => undefined);
  const big = some(400, "big").map((event) => ({ ...event, subject: "x".repeat(5_000) }));
  await t.throwsAsync(() => small.sink.deliver(big, { signal }), { code: "VEXIL_UNAVAILABLE_SINK", message: /ENOSPC/ });
  await rm(join(disk.path, "ballast"));
  await small.sink.deliver(big.slice(0, 10), { signal });
  await small.sink.close();
  const report = await verifyTrail(full, { key: undefined });
  t.is(reasons(report), "");
  t.is(report.lines, 12);
});
