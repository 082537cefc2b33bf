import { defineModule } from "../di/module.js";
import { Tokens } from "../tokens.js";
import { createSnapshotBuilder } from "./create-snapshot-builder.js";
import { SnapshotStore } from "./snapshot-store.js";

export const snapshotsModule = defineModule((bind) => {
  bind.factory(Tokens.SnapshotBuilder, [], () => createSnapshotBuilder({ warmUp: true }));
  bind.factory(Tokens.Snapshots, [], () => new SnapshotStore());
});
