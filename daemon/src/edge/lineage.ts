import { randomUUID } from "node:crypto";

/** A daemon among others: an edge knows by it whether its upstream is itself, or follows it. */
export class Lineage {
  /** Of this process. */
  readonly id: string = randomUUID();
  /** Ids of the daemons that it follows, the nearest first; as they were when they were asked last. */
  upstreams: readonly string[] = [];
}
