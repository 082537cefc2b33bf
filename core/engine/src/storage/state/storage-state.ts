import type { EnvironmentBuilder } from "./environment-builder.js";
import type { BranchPublisher } from "./branch-publisher.js";
import type { Rebuilder } from "./rebuilder.js";
import type { StateOpening } from "./state-opening.js";

/** State of a storage's backend, and what serves it. */
export class StorageState {
  readonly opening: StateOpening;
  readonly rebuilder: Rebuilder;
  readonly server: BranchPublisher;
  readonly publisher: EnvironmentBuilder;

  constructor(opening: StateOpening, rebuilder: Rebuilder, server: BranchPublisher, publisher: EnvironmentBuilder) {
    this.opening = opening;
    this.rebuilder = rebuilder;
    this.server = server;
    this.publisher = publisher;
  }
}
