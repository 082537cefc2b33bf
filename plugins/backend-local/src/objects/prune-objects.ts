import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Oid } from "@vexil/plugin-api";
import { TimeSlice } from "@vexil/plugin-api";
import { ifThere } from "../disk/if-there.js";
import type { Permissions } from "../disk/permissions.js";
import { linkedWorkTrees } from "../refs/checked-out.js";
import type { DiskRefs } from "../refs/disk-refs.js";
import type { DiskShallowList } from "../shallow-list.js";
import type { DiskObjects } from "./disk-objects.js";
import type { PackReader } from "./pack-reader.js";
import { TEMPORARY_PREFIX, writePack } from "./pack-writer.js";
import { markReachable } from "./reachable.js";

/**
 * Removes what a killed daemon did not finish. Another one may be at work in another work tree of the repository: what
 * is not known to be of an ended one goes once it is old.
 * @param ended mark of the daemon whose lock was taken over
 */
export function sweepUnfinished(objects: DiskObjects, ended: string | undefined): void {
  const oldest = Date.now() - MIN_AGE_MS;
  const directory = join(objects.directory, "pack");
  const packs = names(directory).filter((name) => name.startsWith(TEMPORARY_PREFIX));
  const loose = [...objects.loose.list()].filter(({ oid }) => oid === undefined);
  for (const path of [...packs.map((name) => join(directory, name)), ...loose.map((each) => each.path)]) {
    const isOfEnded = ended !== undefined && basename(path).includes(`_${ended}_`);
    if (isOfEnded || isOlder(path, oldest)) rmSync(path, { force: true });
  }
}

/** Whoever pushes stores objects first and moves the ref then; nobody takes this long in between. */
const MIN_AGE_MS = 10 * 60_000;
/** Marking that takes longer is given up. */
const PATIENCE_MS = 8000;
/** A pack of which less than this share is reached is made anew with that only. */
const REWRITE_BELOW = 0.25;

export interface PruneParts {
  readonly commonDirectory: string;
  readonly objects: DiskObjects;
  readonly refs: DiskRefs;
  readonly shallow: DiskShallowList;
  readonly permissions: Permissions;
  /** Told of everything that is deleted, before it is. */
  readonly forget: (oids: readonly Oid[]) => void;
}

/**
 * Deletes what no ref, no reflog and no root reaches, as `git gc` would in a bare repository. Where others may hold on to
 * objects in ways that cannot be seen from here (work trees, a `git gc` under way, packs that are to be kept), all stays.
 */
export async function pruneObjects(
  parts: PruneParts,
  options: { readonly roots: readonly Oid[]; readonly keepNewerThanMs: number },
): Promise<void> {
  const { commonDirectory, objects, refs, shallow, forget } = parts;
  if (linkedWorkTrees(commonDirectory).length > 0 || existsSync(join(commonDirectory, "gc.pid"))) return;
  const until = performance.now() + PATIENCE_MS;
  const oldest = Date.now() - Math.max(options.keepNewerThanMs, MIN_AGE_MS);
  const marked = new Set<Oid>();
  const roots = [...options.roots, ...loggedOids(commonDirectory), ...pseudoRefs(commonDirectory)];
  const mark = async (from: readonly Oid[]): Promise<boolean> =>
    markReachable(objects, [...from, ...(await refs.list("")).values()], await shallow.read(), marked, until);
  if (!(await mark(roots))) return;
  // Refs may have moved meanwhile.
  if (!(await mark([]))) return;
  const slice = new TimeSlice();
  for (const { oid, path } of objects.loose.list()) {
    if ((oid === undefined || !marked.has(oid)) && isOlder(path, oldest)) {
      if (oid !== undefined) forget([oid]);
      rmSync(path, { force: true });
    }
    await slice.pause();
  }
  await prunePacks(parts, marked, oldest);
}

async function prunePacks(
  { objects, permissions, forget }: PruneParts,
  marked: ReadonlySet<Oid>,
  oldest: number,
): Promise<void> {
  const directory = join(objects.directory, "pack");
  if (existsSync(join(directory, "multi-pack-index"))) return;
  objects.packs.refresh();
  for (const pack of objects.packs.packs) {
    if (!isOlder(pack.path, oldest) || existsSync(pack.path.replace(/\.pack$/, ".keep"))) continue;
    const live = [...pack.index.oids()].filter((oid) => marked.has(oid));
    if (live.length >= pack.index.count * REWRITE_BELOW && live.length > 0) continue;
    if (live.length > 0) {
      const kept = await objects.read(live);
      if (kept.size < live.length) continue;
      await writePack(objects.directory, [...kept.values()], permissions);
    }
    forget([...pack.index.oids()].filter((oid) => !marked.has(oid)));
    removePack(pack);
  }
  objects.packs.refresh();
}

/** The index goes first: without it the rest does not count. */
function removePack(pack: PackReader): void {
  for (const extension of ["idx", "rev", "bitmap", "mtimes", "promisor", "pack"]) {
    rmSync(pack.path.replace(/pack$/, extension), { force: true });
  }
}

function isOlder(path: string, oldest: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && stat.mtimeMs < oldest;
}

/** Objects that reflogs name, which a user can bring back. */
function loggedOids(commonDirectory: string): readonly Oid[] {
  const found = new Set<Oid>();
  const waiting = [join(commonDirectory, "logs")];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const name of names(path)) {
      const entry = join(path, name);
      if (statSync(entry).isDirectory()) waiting.push(entry);
      else for (const [oid] of readFileSync(entry, "latin1").matchAll(/\b[0-9a-f]{40}\b/g)) found.add(oid);
    }
  }
  return [...found];
}

/** HEAD, FETCH_HEAD, ORIG_HEAD and their like. */
function pseudoRefs(commonDirectory: string): readonly Oid[] {
  return names(commonDirectory)
    .filter((name) => /^[A-Z_]*HEAD$/.test(name))
    .flatMap((name) => [...readFileSync(join(commonDirectory, name), "latin1").matchAll(/\b[0-9a-f]{40}\b/g)])
    .map(([oid]) => oid);
}

function names(directory: string): readonly string[] {
  return ifThere(() => readdirSync(directory), "ENOTDIR") ?? [];
}
