import { parentPort, workerData } from "node:worker_threads";
import type { GitObject, Oid } from "@vexil/plugin-api";
import { toVexilError } from "@vexil/plugin-api/errors";
import { openPack } from "./pack-source.js";
import { LARGE_BYTES } from "./resolve-pack.js";
import { unpack } from "./unpack.js";
import type { FromThread, ToThread, UnpackJob } from "./unpack-messages.js";

const port = parentPort;
if (port === null) throw new Error("this module runs in a worker thread only");
let answerBase: ((base: GitObject | undefined) => void) | undefined;
let noteStored: (() => void) | undefined;
/** The lot that is on its way: the next one is made meanwhile. */
let storing: Promise<void> = Promise.resolve();

port.on("message", (message: ToThread) => {
  switch (message.type) {
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

function send(message: FromThread, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, [...transfer]);
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
  const size = objects.reduce((sum, object) => sum + object.bytes.byteLength, 0);
  const [first] = objects;
  const alone = objects.length === 1 && first !== undefined && size > LARGE_BYTES;
  const bytes = alone ? first.bytes : joined(objects, size);
  const oids = objects.map(({ oid }) => oid);
  const types = objects.map(({ type }) => type);
  const sizes = objects.map((object) => object.bytes.byteLength);
  send({ type: "objects", oids, types, sizes, bytes }, [bytes.buffer as ArrayBuffer]);
  // Two that are large would be too much.
  if (alone) await storing;
}

function joined(objects: readonly GitObject[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const object of objects) {
    bytes.set(object.bytes, offset);
    offset += object.bytes.byteLength;
  }
  return bytes;
}

async function run({ place, maxBytes, maxObjectBytes }: UnpackJob): Promise<void> {
  try {
    await unpack(openPack(place), { readBase, store, maxBytes, maxObjectBytes, pause: () => undefined });
    await storing;
    send({ type: "done" });
  } catch (error) {
    const { code, message } = toVexilError(error);
    send({ type: "failed", code, message });
  }
}

void run(workerData as UnpackJob);
