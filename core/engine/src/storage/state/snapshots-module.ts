import { createSnapshotBuilder } from "@vexil/flags/create-snapshot-builder";
import { defineModule } from "../../di/module.js";
import { ParsedStoreToken, SnapshotBuilderToken } from "../../di/tokens.js";
import { FeedShelfToken, PastShelf, PastShelfToken } from "../past/past-shelf.js";
import { SnapshotStore, SnapshotStoreToken } from "./snapshot-store.js";

/** A state and the one after it of some environments are enough, and they share most. */
const FEED_BYTES = 32 * 1024 * 1024;
/** For some sinks that are at different places of one past. */
const FEED_STATES = 16;

export const snapshotsModule = defineModule((bind) => {
  bind.factory(SnapshotBuilderToken, [ParsedStoreToken], (store) => createSnapshotBuilder({ warmUp: true, store }));
  bind.factory(PastShelfToken, [SnapshotBuilderToken], (builder) => new PastShelf(builder));
  bind.factory(
    FeedShelfToken,
    [SnapshotBuilderToken],
    (builder) => new PastShelf(builder, FEED_BYTES, "feed ", FEED_STATES),
  );
  bind.factory(SnapshotStoreToken, [], () => new SnapshotStore());
});
