import type { ServerResponse } from "node:http";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { VexilError } from "@vexil/plugin-api/errors";
import { shownError } from "../error-response.js";
import { permissionError } from "../rights/refusals.js";
import { HEARTBEAT, headFrame, OPENING } from "./event-frames.js";
import type { EventSight } from "./event-sight.js";
import { EventWriter } from "./event-writer.js";
import type { ToldStream } from "./told-stream.js";

/** Parts of a stream of heads. */
export interface HeadStreamParts {
  readonly response: ServerResponse;
  readonly snapshots: Pick<SnapshotReader, "all" | "get">;
  readonly sight: EventSight;
  /** Nothing new may go to its client now. */
  readonly isHeld: () => boolean;
  /** Nothing can be written to it any more. */
  readonly closed: () => void;
}

/**
 * Tells which commit each environment is served at: all of them when it opens, then each that has another one. What comes
 * while its client reads slowly is told as it is in the end, so there is nothing to resume: whoever comes again is told
 * all of them.
 */
export class HeadStream implements ToldStream {
  readonly #parts: HeadStreamParts;
  readonly #writer: EventWriter;
  readonly #told = new Map<string, string>();
  readonly #due = new Set<string>();
  #isRunning = false;

  constructor(parts: HeadStreamParts) {
    this.#parts = parts;
    this.#writer = new EventWriter(parts.response, parts.closed);
  }

  start(): void {
    this.#writer.start(OPENING);
    for (const { info } of this.#parts.snapshots.all()) this.published(info.key);
  }

  published(environment: string): void {
    this.#due.add(environment);
    if (this.#isRunning || !this.#writer.isOpen) return;
    this.#isRunning = true;
    this.#run().catch((thrown: unknown) => this.fail(shownError(thrown)));
  }

  removed(environment: string): void {
    this.published(environment);
  }

  stateChanged(): void {}

  heartbeat(): void {
    if (!this.#writer.isStalled) void this.#writer.write(HEARTBEAT);
  }

  isStalledSince(before: number): boolean {
    return this.#writer.isStalledSince(before);
  }

  async review(): Promise<void> {
    const { sight, snapshots, isHeld } = this.#parts;
    if (!this.#writer.isOpen || isHeld()) return;
    const seen = await sight.environments();
    if (seen.size === 0 && sight.isJudged) this.fail(permissionError());
    else for (const { info } of snapshots.all()) this.published(info.key);
  }

  fail(error: VexilError): void {
    this.#writer.fail(error);
  }

  end(): void {
    this.#writer.end();
  }

  drop(): void {
    this.#writer.drop();
  }

  async #run(): Promise<void> {
    while (this.#writer.isOpen && !this.#parts.isHeld()) {
      const [environment] = this.#due;
      if (environment === undefined) break;
      this.#due.delete(environment);
      await this.#tell(environment);
    }
    this.#isRunning = false;
  }

  async #tell(environment: string): Promise<void> {
    const { sight, snapshots } = this.#parts;
    // One that may not be seen any more is one that is gone.
    const isSeen = await sight.shows(environment);
    const found = isSeen ? snapshots.get(environment) : undefined;
    const revision = found?.snapshot?.revision ?? "";
    if ((this.#told.get(environment) ?? "") === revision) return;
    const storage = found?.info.storage;
    if (revision === "") this.#told.delete(environment);
    else this.#told.set(environment, revision);
    await this.#writer.write(headFrame({ environment, ...(storage !== undefined && { storage }), revision }));
  }
}
