import { createSnapshotBuilder } from "@vexil/flags/compile/create-snapshot-builder";
import { defineModule } from "../../di/module.js";
import { SnapshotBuilderToken } from "../../di/tokens.js";
import { SnapshotStore, SnapshotStoreToken } from "./snapshot-store.js";

export const snapshotsModule = defineModule((bind) => {
  bind.factory(SnapshotBuilderToken, [], () => createSnapshotBuilder({ warmUp: true }));
  bind.factory(SnapshotStoreToken, [], () => new SnapshotStore());
});
