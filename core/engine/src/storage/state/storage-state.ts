import type { BranchPublisher } from "./branch-publisher.js";
import type { EnvironmentBuilder } from "./environment-builder.js";
import type { Rebuilder } from "./rebuilder.js";
import type { StateOpening } from "./state-opening.js";

/** State of a storage's backend, and what serves it. */
export class StorageState {
  readonly opening: StateOpening;
  readonly rebuilder: Rebuilder;
  readonly publisher: BranchPublisher;
  readonly builder: EnvironmentBuilder;

  constructor(opening: StateOpening, rebuilder: Rebuilder, publisher: BranchPublisher, builder: EnvironmentBuilder) {
    this.opening = opening;
    this.rebuilder = rebuilder;
    this.publisher = publisher;
    this.builder = builder;
  }
}
