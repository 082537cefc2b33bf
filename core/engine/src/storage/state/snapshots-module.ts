import { createSnapshotBuilder } from "@vexil/flags/compile/create-snapshot-builder";
import { defineModule } from "../../di/module.js";
import { SnapshotBuilderToken } from "../../di/tokens.js";
import { PastShelf, PastShelfToken } from "../past/past-shelf.js";
import { SnapshotStore, SnapshotStoreToken } from "./snapshot-store.js";

export const snapshotsModule = defineModule((bind) => {
  bind.factory(SnapshotBuilderToken, [], () => createSnapshotBuilder({ warmUp: true }));
  bind.factory(PastShelfToken, [SnapshotBuilderToken], (builder) => new PastShelf(builder));
  bind.factory(SnapshotStoreToken, [], () => new SnapshotStore());
});
