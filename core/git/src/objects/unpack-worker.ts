import { writeFileSync } from "node:fs";
import type { GitObject, Oid } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { openPack, type PackPlace } from "./pack-source.js";
import { LARGE_BYTES } from "./resolve-pack.js";
import { timeSlice } from "./time-slice.js";
import { unpack } from "./unpack.js";
import { type FromProcess, PACK_FD, PIECE_BYTES, type ToProcess, type UnpackJob } from "./unpack-messages.js";

// The process that takes a pack apart: one, and then it has ended.

process.title = "vexil unpacker";
// Signals of a terminal or a service manager reach the whole group; this one ends when the process it serves has.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
try {
  // When memory runs out, the system is to end this process rather than the daemon.
  writeFileSync("/proc/self/oom_score_adj", "1000");
} catch {
  // Not Linux, or not allowed.
}

/** Time after which those are heard who have answered, or are gone. */
const SLICE_MS = 100;

let answerBase: ((base: GitObject | undefined) => void) | undefined;
let noteStored: (() => void) | undefined;
/** The lot that is on its way: the next one is made meanwhile. */
let storing: Promise<void> = Promise.resolve();
let receiving: { readonly job: UnpackJob; readonly bytes: Buffer; filled: number } | undefined;

process.on("message", (message: ToProcess) => {
  switch (message.type) {
    case "job":
      receive(message.job);
      break;
    case "pack":
      receivePiece(message.bytes);
      break;
    case "base":
      answerBase?.(message.base);
      break;
    case "stored":
      noteStored?.();
      break;
    default:
      message satisfies never;
  }
});

function receive(job: UnpackJob): void {
  const { type, size } = job.place;
  if (type === "file") void run(job, { type: "file", fd: PACK_FD, size });
  else receiving = { job, bytes: Buffer.allocUnsafeSlow(size), filled: 0 };
}

function receivePiece(piece: Uint8Array): void {
  if (receiving === undefined) return;
  const { job, bytes } = receiving;
  bytes.set(piece, receiving.filled);
  receiving.filled += piece.byteLength;
  if (receiving.filled < bytes.byteLength) return;
  receiving = undefined;
  void run(job, { type: "bytes", bytes });
}

function send(message: FromProcess): void {
  process.send?.(message);
}

async function readBase([oid]: readonly Oid[]): Promise<ReadonlyMap<Oid, GitObject>> {
  if (oid === undefined) return new Map();
  const answer = new Promise<GitObject | undefined>((resolve) => {
    answerBase = resolve;
  });
  send({ type: "missing", oid });
  const base = await answer;
  return new Map(base === undefined ? [] : [[oid, base]]);
}

async function store(objects: readonly GitObject[]): Promise<void> {
  await storing;
  storing = new Promise((resolve) => {
    noteStored = resolve;
  });
  const sizes = objects.map((object) => object.bytes.byteLength);
  send({ type: "objects", oids: objects.map(({ oid }) => oid), types: objects.map(({ type }) => type), sizes });
  for (const piece of pieces(objects)) send({ type: "contents", bytes: piece });
  // Two that are large would be too much.
  if (objects.some(({ bytes }) => bytes.byteLength > LARGE_BYTES)) await storing;
}

/** The contents of objects: small ones together, large ones in parts. */
function* pieces(objects: readonly GitObject[]): Generator<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let filled = 0;
  for (const { bytes } of objects) {
    for (let at = 0; at < bytes.byteLength; ) {
      const part = bytes.subarray(at, at + PIECE_BYTES - filled);
      piece.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < PIECE_BYTES) continue;
      yield piece;
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

async function run({ maxBytes, maxObjectBytes }: UnpackJob, place: PackPlace): Promise<void> {
  try {
    // Between two slices it is noticed that nobody is left who would take the objects.
    await unpack(openPack(place), { readBase, store, maxBytes, maxObjectBytes, pause: timeSlice(SLICE_MS) });
    await storing;
    send({ type: "done" });
  } catch (error) {
    const { code, message } = toVexilError(error);
    send({ type: "failed", code, message });
  }
}
