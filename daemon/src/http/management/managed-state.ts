import type { Engine } from "@vexil/engine/model/engine";
import type { NamedRevision } from "@vexil/engine/model/past";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { namedState } from "../past/named-state.js";
import type { RouteRequest } from "../route.js";
import { managedEnvironment, managedSnapshot } from "./managed-environment.js";

/** A state that a management read shows, and what its answer says of it. */
export interface ManagedState {
  readonly snapshot: Snapshot;
  readonly shown: { readonly revision: string; readonly at?: NamedRevision["at"] };
}

/** The state that is evaluated, or the one that the query's `at` names. */
export async function managedState(
  snapshots: SnapshotReader,
  engine: Engine,
  request: RouteRequest,
): Promise<ManagedState> {
  const expression = request.query.get("at") ?? "";
  if (expression === "") {
    const snapshot = managedSnapshot(snapshots, request);
    return { snapshot, shown: { revision: snapshot.revision } };
  }
  const { info } = managedEnvironment(snapshots, request);
  const { snapshot, revision, at } = await namedState(engine.past, info.key, expression, request.signal);
  return { snapshot, shown: { revision, at } };
}
