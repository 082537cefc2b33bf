import type { ServedEnvironment, SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { VexilError } from "@vexil/plugin-api/errors";
import { param, type RouteRequest } from "../route.js";

/** The environment that a management path names; the header says nothing here. */
export function managedEnvironment(snapshots: SnapshotReader, request: RouteRequest): ServedEnvironment {
  const key = param(request, "environment");
  const found = snapshots.get(key);
  if (found === undefined) throw new VexilError("VEXIL_NOT_FOUND", `environment: "${key}" not found`);
  return found;
}

/** Snapshot that management reads show: the one that is evaluated. */
export function managedSnapshot(snapshots: SnapshotReader, request: RouteRequest): Snapshot {
  const { info, snapshot } = managedEnvironment(snapshots, request);
  if (snapshot !== undefined) return snapshot;
  throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", `storage ${info.storage} has no state yet; try again soon`);
}

/**
 * Refuses a caller who may see nothing of the environment that a path names, whether there is one or not.
 * @throws VexilError VEXIL_REFUSED_PERMISSION
 */
export async function requireSight(snapshots: SnapshotReader, { params, rights }: RouteRequest): Promise<void> {
  const { environment = "" } = params;
  const found = snapshots.get(environment);
  if (found !== undefined ? await rights.sees(found) : await rights.may("read", environment)) return;
  rights.refuse("read", environment);
}
