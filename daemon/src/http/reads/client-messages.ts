import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { ServedNamespace } from "./read-snapshots.js";

export const RESULT_OPEN = '{"result":';
export const RESULT_CLOSE = "}\n";

/** The message of a namespace with more flags takes long to make and much memory: it is made when somebody wants it. */
const MANY_FLAGS = 2_000;
const PIECE_BYTES = 1 << 18;
/** How long pieces are kept for the next process that wants them. */
const KEPT_MS = 10_000;

/** The stream message of a namespace, made at once; undefined for a large one. */
export function smallMessage(namespace: ServedNamespace): Buffer | undefined {
  if (namespace.flags.size > MANY_FLAGS) return undefined;
  return Buffer.from(RESULT_OPEN + [...(namespace.clientTexts?.() ?? [])].join("") + RESULT_CLOSE, "utf8");
}

/** The message of a large one, made in slices. */
export async function largeMessage(namespace: ServedNamespace): Promise<Buffer> {
  return joinPieces(await makePieces(namespace));
}

const kept = new WeakMap<ServedNamespace, Promise<readonly Buffer[]>>();

/** Pieces of the message of a large one, made once for all processes that want it soon. */
export function largePieces(namespace: ServedNamespace): Promise<readonly Buffer[]> {
  const known = kept.get(namespace);
  if (known !== undefined) return known;
  const pieces = makePieces(namespace).finally(() => setTimeout(() => kept.delete(namespace), KEPT_MS).unref());
  kept.set(namespace, pieces);
  return pieces;
}

async function makePieces(namespace: ServedNamespace): Promise<readonly Buffer[]> {
  const slice = new TimeSlice();
  const pieces: Buffer[] = [];
  let text = RESULT_OPEN;
  for (const next of namespace.clientTexts?.() ?? []) {
    text += next;
    if (text.length < PIECE_BYTES) {
      if (slice.due) await slice.next();
      continue;
    }
    pieces.push(Buffer.from(text, "utf8"));
    text = "";
    if (slice.due) await slice.next();
  }
  pieces.push(Buffer.from(text + RESULT_CLOSE, "utf8"));
  return pieces;
}

/** Puts pieces together, a few milliseconds in a turn of the event loop. */
export async function joinPieces(pieces: readonly Uint8Array[]): Promise<Buffer> {
  const slice = new TimeSlice();
  const whole = Buffer.allocUnsafeSlow(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
    if (slice.due) await slice.next();
  }
  return whole;
}
