import { parentPort, workerData } from "node:worker_threads";
import type { GitObject, Oid } from "../../contract/backend.js";
import { toVexilError } from "../../errors/to-vexil-error.js";
import { unpack } from "./unpack.js";
import type { FromThread, ToThread } from "./unpack-messages.js";

/** Bytes of a batch at about most: copying one takes the receiving thread a millisecond. */
const BATCH_BYTES = 1024 * 1024;

const port = parentPort;
if (port === null) throw new Error("this module runs in a worker thread only");
const { maxBytes } = workerData as { readonly maxBytes: number };
const chunks: Uint8Array[] = [];
let answerBases: ((bases: readonly GitObject[]) => void) | undefined;

port.on("message", (message: ToThread) => {
  switch (message.type) {
    case "chunk":
      chunks.push(message.bytes);
      break;
    case "end":
      void run();
      break;
    case "bases":
      answerBases?.(message.bases);
      break;
    default:
      message satisfies never;
  }
});

function send(message: FromThread, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, [...transfer]);
}

async function readBase(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, GitObject>> {
  const answer = new Promise<readonly GitObject[]>((resolve) => {
    answerBases = resolve;
  });
  send({ type: "missing", oids });
  return new Map((await answer).map((object) => [object.oid, object]));
}

async function run(): Promise<void> {
  try {
    const pack = Buffer.concat(chunks.splice(0));
    const objects = await unpack(pack, { readBase, maxBytes, pause: () => undefined });
    for (let start = 0; start < objects.length; ) start = sendBatch(objects, start);
    send({ type: "done" });
  } catch (error) {
    const { code, message } = toVexilError(error);
    send({ type: "failed", code, message });
  }
}

function sendBatch(objects: readonly GitObject[], start: number): number {
  let end = start;
  let size = 0;
  while (end < objects.length && (end === start || size < BATCH_BYTES)) {
    size += (objects[end] as GitObject).bytes.byteLength;
    end += 1;
  }
  const batch = objects.slice(start, end);
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const object of batch) {
    bytes.set(object.bytes, offset);
    offset += object.bytes.byteLength;
  }
  send(
    {
      type: "objects",
      oids: batch.map((object) => object.oid),
      types: batch.map((object) => object.type),
      sizes: batch.map((object) => object.bytes.byteLength),
      bytes,
    },
    [bytes.buffer],
  );
  return end;
}
