import { createSnapshotBuilder } from "@vexil/flags/compile/create-snapshot-builder";
import { defineModule } from "../../di/module.js";
import { Tokens } from "../../tokens.js";
import { SnapshotStore } from "./snapshot-store.js";

export const snapshotsModule = defineModule((bind) => {
  bind.factory(Tokens.SnapshotBuilder, [], () => createSnapshotBuilder({ warmUp: true }));
  bind.factory(Tokens.Snapshots, [], () => new SnapshotStore());
});
