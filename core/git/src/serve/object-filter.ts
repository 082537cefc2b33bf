import { badRequest } from "./upload-faults.js";

/** Objects that a client leaves out until it needs them (git-rev-list(1), `--filter`). */
export type ObjectFilter =
  /** Files larger than `bytes - 1`. */
  | { readonly type: "blobs"; readonly bytes: number }
  /** Trees and files at that depth, and below: the root tree of a commit is at 0. */
  | { readonly type: "trees"; readonly depth: number };

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** @throws VexilError VEXIL_VALIDATION_REQUEST */
export function parseFilter(text: string): ObjectFilter {
  if (text === "blob:none") return { type: "blobs", bytes: 0 };
  const [, limit, unit = ""] = /^blob:limit=(\d{1,15})([kmg]?)$/i.exec(text) ?? [];
  if (limit !== undefined) return { type: "blobs", bytes: Number(limit) * (UNITS[unit.toLowerCase()] as number) };
  const depth = /^tree:(\d{1,9})$/.exec(text)?.[1];
  if (depth !== undefined) return { type: "trees", depth: Number(depth) };
  throw badRequest(`the filter ${text} is not supported; blob:none, blob:limit=<n> and tree:<depth> are`);
}
