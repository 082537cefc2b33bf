import { type BigIntStats, lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import type { Oid } from "@vexil/plugin-api";
import { ifThere } from "../disk/if-there.js";
import { hashLargeObject } from "../objects/object-hash.js";
import { EXECUTABLE, FILE, LINK } from "./file-mode.js";

/** Entry at a path of the work tree. */
export type WorkFile =
  | { readonly type: "absent" }
  | { readonly type: "directory" }
  /** A part of the path above it is no directory; links are not followed. */
  | { readonly type: "hidden"; readonly by: string }
  | { readonly type: "other" }
  | PresentFile;

/** A regular file, or a link. */
export interface PresentFile {
  readonly type: "file";
  readonly mode: number;
  readonly stat: BigIntStats;
}

/** @param path as in git, below `root` */
export function lookAtWorkFile(root: string, path: string): WorkFile {
  const parts = path.split("/");
  for (let count = 1; count < parts.length; count += 1) {
    const above = parts.slice(0, count).join("/");
    const stat = lstatOf(join(root, above));
    if (stat === undefined) return { type: "absent" };
    if (!stat.isDirectory()) return { type: "hidden", by: above };
  }
  const stat = lstatOf(join(root, path));
  if (stat === undefined) return { type: "absent" };
  if (stat.isDirectory()) return { type: "directory" };
  if (stat.isSymbolicLink()) return { type: "file", mode: LINK, stat };
  if (!stat.isFile()) return { type: "other" };
  return { type: "file", mode: (stat.mode & 0o100n) === 0n ? FILE : EXECUTABLE, stat };
}

export function lstatOf(path: string): BigIntStats | undefined {
  return ifThere(() => lstatSync(path, { bigint: true, throwIfNoEntry: false }), "ENOTDIR");
}

/** The bytes that git would store for a file or a link. */
export function readWorkFile(root: string, path: string, mode: number): Buffer {
  return mode === LINK ? readlinkSync(join(root, path), "buffer") : readFileSync(join(root, path));
}

export function hashWorkFile(root: string, path: string, mode: number): Promise<Oid> {
  return hashLargeObject("blob", readWorkFile(root, path, mode));
}

export function sameStat(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
