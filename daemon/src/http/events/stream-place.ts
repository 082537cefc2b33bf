import type { FeedPlace } from "@vexil/engine/sinks/event-reader";
import type { ServedState } from "@vexil/plugin-api";
import { cursorText } from "./event-cursor.js";

/** How far one stream has come, and whether its client knows. */
export class StreamPlace {
  readonly #key: Uint8Array;
  readonly #places: Map<string, FeedPlace>;
  readonly #unready: Map<string, ServedState>;
  #isMoved = false;

  /** @param key that positions are sealed with */
  constructor(key: Uint8Array, places: ReadonlyMap<string, FeedPlace>, unready: ReadonlyMap<string, ServedState>) {
    this.#key = key;
    this.#places = new Map(places);
    this.#unready = new Map(unready);
  }

  /** The client has not been told of where it stands now. */
  get isMoved(): boolean {
    return this.#isMoved;
  }

  get environments(): readonly string[] {
    return [...this.#places.keys()];
  }

  of(environment: string): FeedPlace | undefined {
    return this.#places.get(environment);
  }

  move(environment: string, place: FeedPlace): void {
    this.#places.set(environment, place);
    this.#isMoved = true;
  }

  leave(environment: string): void {
    if (this.#places.delete(environment)) this.#isMoved = true;
  }

  /** The state of a storage that was told last. */
  stateOf(storage: string): ServedState {
    return this.#unready.get(storage) ?? "ready";
  }

  setState(storage: string, state: ServedState): void {
    if (state === "ready") this.#unready.delete(storage);
    else this.#unready.set(storage, state);
    this.#isMoved = true;
  }

  /** Its text, which the client is told now. */
  tell(): string {
    this.#isMoved = false;
    return cursorText({ places: this.#places, unready: this.#unready }, this.#key);
  }
}
