import type { VexilError } from "@vexil/plugin-api/errors";

/** An open stream, as whoever keeps all of them knows it. */
export interface ToldStream {
  start(): void;
  /** Another state of an environment is served. */
  published(environment: string): void;
  /** An environment is gone. */
  removed(environment: string): void;
  /** There is something to tell of a storage's state. */
  stateChanged(): void;
  /** Tells its client that it is still there. */
  heartbeat(): void;
  isStalledSince(before: number): boolean;
  /** Looks again at what its client may see: it ends where that is nothing. */
  review(): Promise<void>;
  /** Ends it with an error. */
  fail(error: VexilError): void;
  end(): void;
  /** Cuts the connection: its client does not read. */
  drop(): void;
}
