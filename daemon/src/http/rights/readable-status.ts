import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { StorageStatus } from "@vexil/engine/model/storage-status";
import { sortFaults } from "@vexil/engine/storage/state/sort-faults";
import { ReadableTests } from "./readable-tests.js";
import type { RequestRights } from "./request-rights.js";

type Snapshots = Pick<SnapshotReader, "all">;

/**
 * Part of a storage's status that a caller may read.
 * @returns undefined where none of its environments may be read
 */
export async function readableStatus(
  snapshots: Snapshots,
  rights: RequestRights,
  storage: StorageStatus,
): Promise<StorageStatus | undefined> {
  if (await rights.may("read")) return storage;
  const served = snapshots.all().filter(({ info }) => info.storage === storage.id);
  const visible = await rights.visible(served);
  return visible.length === 0 ? undefined : cutStatus(visible, rights, storage);
}

/** Stands for what a storage's last error says: it may name files, branches and addresses that may not be seen. */
export const UNTOLD_ERROR = "what it says is shown to those who may read all environments";

/** A storage's status for whoever may poll it: without what may not be read. */
export async function cutStatus(
  visible: ReturnType<Snapshots["all"]>,
  rights: RequestRights,
  storage: StorageStatus,
): Promise<StorageStatus> {
  const keys = new Set(visible.map(({ info }) => info.key));
  const tests = new ReadableTests(rights);
  const faults: StorageStatus["quarantined"][number][] = [];
  for (const { info, snapshot } of visible) {
    for (const fault of snapshot?.quarantined ?? []) {
      if (await rights.may("read", info.key, fault.namespace))
        faults.push(await tests.fault(fault, info.key, snapshot));
    }
  }
  const unservedNamespaces: { readonly environment: string; readonly namespace: string }[] = [];
  for (const place of storage.unservedNamespaces ?? []) {
    if (await rights.may("read", place.environment, place.namespace)) unservedNamespaces.push(place);
  }
  return {
    ...storage,
    environments: [...keys],
    ...sortFaults(faults),
    tests: await tests.failing(visible),
    unservedNamespaces,
    unservedBranches: (storage.unservedBranches ?? []).filter(({ environment }) => keys.has(environment)),
    // These name what is not sorted by environment.
    lastError: storage.lastError === undefined ? undefined : { ...storage.lastError, message: UNTOLD_ERROR },
    warnings: [],
    uncommitted: [],
    blocked: undefined,
  };
}
