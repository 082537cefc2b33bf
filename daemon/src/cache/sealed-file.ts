import { createHmac, type Hmac, timingSafeEqual } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { TimeSlice } from "@vexil/plugin-api/time-slice";

/** Says who made a file and what it stands for: it counts as nothing else. */
export interface Seal {
  /** Of whoever may write files that count. */
  readonly key: Uint8Array;
  /** First line: what made it, and how it is to be read. */
  readonly maker: string;
  readonly id: string;
}

const ALGORITHM = "sha256";
const DIGEST_BYTES = 32;
/** Bytes that are digested at once. */
const DIGESTED_BYTES = 1 << 20;
/** Neither a link to elsewhere nor a pipe that nobody writes to is waited for. */
const READ_ONLY = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Writes `maker`, the parts and a digest of it all, which knows the key. */
export async function writeSealed(path: string, seal: Seal, parts: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    const slice = new TimeSlice();
    const digest = digestOf(seal);
    const head = headOf(seal);
    await file.writeFile(head);
    for (const part of parts) {
      await digested(digest, part, slice);
      await file.writeFile(part);
    }
    await file.writeFile(digest.digest());
  } finally {
    await file.close();
  }
}

/**
 * Reads what {@link writeSealed} has written.
 * @throws Error that says why it does not count; with `code` where it cannot be read
 */
export async function readSealed(path: string, seal: Seal, mostBytes: number): Promise<Buffer> {
  const file = await open(path, READ_ONLY);
  try {
    const bytes = await wholeOf(file, mostBytes);
    const head = headOf(seal);
    if (!bytes.subarray(0, head.length).equals(head)) throw new Error("it was made by another version");
    const end = bytes.length - DIGEST_BYTES;
    if (end < head.length) throw new Error("it is damaged");
    const payload = bytes.subarray(head.length, end);
    const digest = digestOf(seal);
    await digested(digest, payload, new TimeSlice());
    if (!timingSafeEqual(digest.digest(), bytes.subarray(end))) throw new Error("it is damaged");
    return payload;
  } finally {
    await file.close();
  }
}

async function wholeOf(file: FileHandle, mostBytes: number): Promise<Buffer> {
  const found = await file.stat();
  if (!found.isFile()) throw new Error("it is no file");
  if (found.size > mostBytes) throw new Error("it is too large");
  const bytes = Buffer.allocUnsafeSlow(found.size);
  let read = 0;
  while (read < bytes.length) {
    const { bytesRead } = await file.read(bytes, read, bytes.length - read, read);
    if (bytesRead === 0) break;
    read += bytesRead;
  }
  return bytes.subarray(0, read);
}

const headOf = ({ maker }: Seal): Buffer => Buffer.from(`${maker}\n`);

function digestOf({ key, maker, id }: Seal): Hmac {
  return createHmac(ALGORITHM, key).update(JSON.stringify([maker, id]));
}

async function digested(digest: Hmac, bytes: Uint8Array, slice: TimeSlice): Promise<void> {
  for (let at = 0; at < bytes.length; at += DIGESTED_BYTES) {
    if (slice.due) await slice.next();
    digest.update(bytes.subarray(at, at + DIGESTED_BYTES));
  }
}
