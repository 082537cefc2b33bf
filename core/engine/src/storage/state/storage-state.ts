import type { BranchPublisher } from "./branch-publisher.js";
import type { BranchServer } from "./branch-server.js";
import type { Rebuilder } from "./rebuilder.js";
import type { StateOpening } from "./state-opening.js";

/** State of a storage's backend, and what serves it. */
export class StorageState {
  readonly opening: StateOpening;
  readonly rebuilder: Rebuilder;
  readonly server: BranchServer;
  readonly publisher: BranchPublisher;

  constructor(opening: StateOpening, rebuilder: Rebuilder, server: BranchServer, publisher: BranchPublisher) {
    this.opening = opening;
    this.rebuilder = rebuilder;
    this.server = server;
    this.publisher = publisher;
  }
}
