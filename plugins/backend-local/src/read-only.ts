import { realpathSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { type Backend, type Logger, type Oid, type RefName, VexilError } from "@vexil/plugin-api";
import { diskError, errnoOf, unsupported } from "./disk/disk-error.js";
import { Permissions } from "./disk/permissions.js";
import { DiskObjects } from "./objects/disk-objects.js";
import { readLooseRef } from "./refs/loose-refs.js";
import { PackedRefs } from "./refs/packed-refs.js";
import { RefReader } from "./refs/ref-reader.js";
import { checkFormat, checkOwner } from "./repository/check-repository.js";
import { findLayout, type Layout } from "./repository/layout.js";
import { readConfig, workTreeOf } from "./repository/open-repository.js";

/** A repository that is only looked at: nothing is locked, made or recovered, and another program may work on it. */
export interface ReadOnlyRepository {
  /** Refuses every write. */
  readonly backend: Backend;
  /** Where the directory lies within the work tree, with `/` between names; `""`: at its root, or there is none. */
  readonly directory: string;
  /** Short name of the branch that is checked out; undefined: none is. */
  readonly branch: string | undefined;
  /** The commit that is checked out; undefined: there is none yet. */
  readonly head: Oid | undefined;
}

/**
 * Opens the repository that a directory lies in, as git finds it: at the directory itself, or above it.
 * @returns undefined where there is none
 * @throws VexilError VEXIL_UNAVAILABLE_REPOSITORY where it is of a kind that is not supported, or of another user
 */
export function openReadOnly(path: string, logger: Logger): ReadOnlyRepository | undefined {
  try {
    const layout = layoutAbove(resolve(path));
    return layout === undefined ? undefined : open(resolve(path), layout, logger);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") {
      throw unsupported(`${path} is not a directory`, error);
    }
    throw diskError(error, `open ${path}`);
  }
}

function layoutAbove(path: string): Layout | undefined {
  for (let at = path; ; at = dirname(at)) {
    const layout = findLayout(at);
    if (layout !== undefined || dirname(at) === at) return layout;
  }
}

function open(path: string, layout: Layout, logger: Logger): ReadOnlyRepository {
  const config = readConfig(layout);
  checkFormat(layout.root, config);
  checkOwner(layout);
  const { commonDirectory, gitDirectory } = layout;
  const objects = new DiskObjects(commonDirectory, Permissions.fromSetting(undefined));
  const refs = new RefReader({ commonDirectory, branch: undefined, logger }, new PackedRefs(commonDirectory));
  const workTree = workTreeOf(layout, config);
  const checkedOut = readLooseRef(gitDirectory, "HEAD");
  const ref = checkedOut.type === "symbolic" ? checkedOut.target : undefined;
  return {
    backend: {
      objects: { read: (oids, signal) => objects.read(oids, signal), write: refuse },
      refs: { list: (prefix) => refs.list(prefix), compareAndSwap: refuse },
      close: async () => objects.close(),
    },
    directory: workTree === undefined ? "" : directoryIn(workTree, path),
    branch: ref === undefined ? undefined : shortName(ref),
    head: checkedOut.type === "oid" ? checkedOut.oid : ref === undefined ? undefined : refs.read(ref),
  };
}

function directoryIn(workTree: string, path: string): string {
  const inside = relative(workTree, realpathSync(path));
  return inside.startsWith("..") ? "" : inside.split(sep).join("/");
}

const shortName = (ref: RefName): string => ref.replace(/^refs\/heads\//, "");

async function refuse(): Promise<never> {
  throw new VexilError("VEXIL_REFUSED_READ_ONLY", "the repository is only looked at");
}
