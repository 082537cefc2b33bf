import { lstatSync, type Stats } from "node:fs";
import { ifThere } from "./if-there.js";

/** Tells whether a file may have changed since it was looked at. */
export interface StatKey {
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly size: number;
}

/** Clocks of file systems are coarse: what changed this lately may change again without a trace. */
const RACY_MS = 2000;

export function sameKey(a: StatKey, b: StatKey): boolean {
  return a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino && a.size === b.size;
}

export function isRacy(key: StatKey, now: number): boolean {
  return Math.max(key.mtimeMs, key.ctimeMs) > now - RACY_MS;
}

/** As lstat; undefined when there is nothing, or a part of the path is no directory. */
export function lookAt(path: string): Stats | undefined {
  return ifThere(() => lstatSync(path, { throwIfNoEntry: false }), "ENOTDIR");
}
