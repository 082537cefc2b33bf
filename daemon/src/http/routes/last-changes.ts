import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { NamespaceSnapshot } from "@vexil/flags/compile/snapshot";
import { VexilError } from "@vexil/plugin-api/errors";
import { findLastChanges, lastChangesSchema } from "../management/last-changes.js";
import { managedEnvironment, managedSnapshot } from "../management/managed-environment.js";
import { param, type Route } from "../route.js";

/** When flags were changed last, and by whom: for lists of flags. A state of a namespace is looked at once. */
export function lastChangesRoute(snapshots: SnapshotReader, engine: Pick<Engine, "history">): Route {
  const known = new WeakMap<NamespaceSnapshot, ReturnType<typeof findLastChanges>>();
  return {
    method: "GET",
    path: "/api/v2/environments/{environment}/namespaces/{namespace}/last-changes",
    summary: "When each flag of a namespace was made and last changed, and by whom, as far as its newest commits tell.",
    access: "token",
    action: "read",
    errors: [404],
    answers: { 200: { description: "Flags that the newest commits changed.", schema: lastChangesSchema } },
    handle: async (request) => {
      const { info } = managedEnvironment(snapshots, request);
      const key = param(request, "namespace");
      const namespace = managedSnapshot(snapshots, request).namespaces.get(key);
      if (namespace === undefined) throw new VexilError("VEXIL_NOT_FOUND", `namespace "${key}" not found`);
      let changes = known.get(namespace);
      if (changes === undefined) {
        changes = findLastChanges(engine, info.key, namespace);
        known.set(namespace, changes);
        changes.catch(() => known.delete(namespace));
      }
      return { status: 200, body: await changes };
    },
  };
}
