import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { param, type RouteRequest } from "../route.js";

/**
 * The storage that a request names. A repository holds all there is, so all of the storage's environments have to be
 * readable. A storage that there is not is judged as all there are: what is hidden and what is missing look alike.
 * @throws VexilError VEXIL_REFUSED_PERMISSION
 */
export async function visibleStorage(snapshots: SnapshotReader, request: RouteRequest): Promise<string> {
  const id = param(request, "storage").toLowerCase();
  const { rights } = request;
  if (await rights.may("read")) return id;
  const environments = snapshots.all().filter(({ info }) => info.storage === id);
  let isVisible = environments.length > 0;
  for (const { info } of environments) isVisible = isVisible && (await rights.may("read", info.key));
  if (!isVisible) rights.refuse("read");
  return id;
}
