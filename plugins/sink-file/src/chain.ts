import { createHash, createHmac } from "node:crypto";
import type { SinkEvent } from "@vexil/plugin-api";

/** Hash before the first line. */
export const NOTHING = "0".repeat(64);
const HASH = ',"hash":"';

/** Where a chain of lines stands. */
export interface ChainEnd {
  /** Number of the last line; the first one is 1. */
  readonly seq: number;
  /** Its hash, 64 hex digits. */
  readonly hash: string;
}

/** Hashes texts, by a key where there is one. */
export function hashText(text: string, key: string | undefined): string {
  const hash = key === undefined ? createHash("sha256") : createHmac("sha256", key);
  return hash.update(text).digest("hex");
}

/** The line after another one, without its line break: it holds the hash of that, and its own of all before it. */
export function nextLine(
  { seq, hash: prev }: ChainEnd,
  event: SinkEvent,
  key: string | undefined,
): ChainEnd & { readonly text: string } {
  const body = `{"seq":${seq + 1},"prev":"${prev}","event":${JSON.stringify(event)}`;
  const hash = hashText(body, key);
  return { seq: seq + 1, hash, text: `${body}${HASH}${hash}"}` };
}

/** Number and hash of a line, as it says itself; undefined: it is none of a chain. */
export function endOf(line: string): ChainEnd | undefined {
  const found = /^\{"seq":(\d{1,15}),"prev":"[0-9a-f]{64}","event":.*,"hash":"([0-9a-f]{64})"\}$/s.exec(line);
  return found === null ? undefined : { seq: Number(found[1]), hash: found[2] as string };
}
