import type { Config } from "@vexil/config/config";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { VexilError } from "@vexil/plugin-api/errors";
import type { EdgeRole } from "../../edge/edge-role.js";
import { type UpstreamSet, upstreamSetSchema } from "../../edge/upstream-set.js";
import type { Route } from "../route.js";

/** Of a server that no daemon has begun. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** Storages and environments, as an edge has to know them to serve the same. */
export function storagesRoute(
  snapshots: SnapshotReader,
  config: () => Config,
  edge: Pick<EdgeRole, "lineage" | "upstream"> | undefined,
): Route {
  return {
    method: "GET",
    path: "/api/v2/storages",
    summary: "Vexil extension. Lists storages and what is served of them, as edges need it.",
    access: "token",
    action: "read",
    place: "answer",
    answers: { 200: { description: "Those that the caller may read of.", schema: upstreamSetSchema } },
    handle: async ({ rights }) => {
      // That it knows of none does not mean that there are none: who follows it would serve nothing any more.
      if (edge?.upstream !== undefined && edge.upstream.set === undefined) {
        const why = "its upstream has not answered yet, so it is not known what there is";
        throw new VexilError("VEXIL_UNAVAILABLE_STORAGE", why);
      }
      const visible = new Set((await rights.visible(snapshots.all())).map(({ info }) => info.key));
      const { id: instance = NOBODY, upstreams = [] } = edge?.lineage ?? {};
      return { status: 200, body: { instance, upstreams, storages: shownStorages(config(), visible) } };
    },
  };
}

function shownStorages({ storages, environments }: Config, visible: ReadonlySet<string>): UpstreamSet["storages"] {
  return [...storages.values()].flatMap(({ id, branch }) => {
    const shown = [...environments.values()]
      .filter(({ name, storage }) => storage === id && visible.has(name))
      .map(({ name, directory, default: isDefault, maxBranches, tests }) => {
        return { key: name, directory, default: isDefault, maxBranches, tests };
      });
    return shown.length === 0 ? [] : [{ id, branch, environments: shown }];
  });
}
