import type { BranchPublisher } from "./branch-publisher.js";
import type { EnvironmentBuilder } from "./environment-builder.js";
import type { ReadAhead } from "./read-ahead.js";
import type { Rebuilder } from "./rebuilder.js";
import type { StateOpening } from "./state-opening.js";

/** State of a storage's backend, and what serves it. */
export class StorageState {
  readonly opening: StateOpening;
  readonly rebuilder: Rebuilder;
  readonly publisher: BranchPublisher;
  readonly builder: EnvironmentBuilder;
  readonly readAhead: ReadAhead;

  constructor(
    opening: StateOpening,
    rebuilder: Rebuilder,
    publisher: BranchPublisher,
    builder: EnvironmentBuilder,
    readAhead: ReadAhead,
  ) {
    this.opening = opening;
    this.rebuilder = rebuilder;
    this.publisher = publisher;
    this.builder = builder;
    this.readAhead = readAhead;
  }
}
