import type { Snapshot } from "@vexil/flags/compile/snapshot";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import { VexilError } from "@vexil/plugin-api/errors";
import { token } from "../../di/token.js";
import { weightOf } from "./snapshot-weight.js";

export const PastShelfToken = token<PastShelf>("past-shelf");
/** States that events are computed from: they come one after the other, and would push out what is asked for again. */
export const FeedShelfToken = token<PastShelf>("feed-shelf");

/** Snapshots of the past that are kept on one shelf. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** Builds at the same time: what is served now has to be built, too. */
const BUILDERS = 2;
const WAITING = 100;

/** A place of a past snapshot. */
export interface ShelfPlace {
  /** Whose past it is: what is of one place may lend parts to each other. */
  readonly environment: string;
  readonly revision: string;
}

interface Kept {
  readonly environment: string;
  readonly snapshot: Snapshot;
  readonly weight: number;
}

/** Snapshots of the past of a whole daemon: those that were asked for last, and those that are being built. */
export class PastShelf {
  readonly #builder: Pick<SnapshotBuilder, "letGo">;
  readonly #bytes: number;
  readonly #name: string;
  readonly #most: number;
  /** By holder, the longest unused first. */
  readonly #kept = new Map<string, Kept>();
  /** Environment → the holder of what was built last. */
  readonly #latest = new Map<string, string>();
  readonly #underWay = new Map<string, Promise<Snapshot>>();
  readonly #waiting: (() => void)[] = [];
  #building = 0;
  #weight = 0;

  /**
   * @param name tells what it holds from what another shelf does
   * @param most snapshots of one environment that are kept
   */
  constructor(builder: Pick<SnapshotBuilder, "letGo">, bytes = KEPT_BYTES, name = "", most = Number.POSITIVE_INFINITY) {
    this.#builder = builder;
    this.#bytes = bytes;
    this.#name = name;
    this.#most = most;
  }

  /** A snapshot that is here already. */
  peek(place: ShelfPlace): Snapshot | undefined {
    const holder = this.#holderOf(place);
    const kept = this.#kept.get(holder);
    if (kept === undefined) return undefined;
    this.#kept.delete(holder);
    this.#kept.set(holder, kept);
    return kept.snapshot;
  }

  /** The snapshot that was built last of an environment, as long as it is kept. */
  latest(environment: string): Snapshot | undefined {
    return this.#kept.get(this.#latest.get(environment) ?? "")?.snapshot;
  }

  /**
   * A snapshot, built unless it is here; whoever asks meanwhile waits for the same build.
   * @param build gets the name under which the builder is to hold its files
   * @throws VexilError VEXIL_OVERLOADED_QUEUE
   */
  async get(place: ShelfPlace, build: (holder: string) => Promise<Snapshot>): Promise<Snapshot> {
    const kept = this.peek(place);
    if (kept !== undefined) return kept;
    const holder = this.#holderOf(place);
    const known = this.#underWay.get(holder);
    if (known !== undefined) return known;
    const building = this.#build(place, holder, build).finally(() => this.#underWay.delete(holder));
    this.#underWay.set(holder, building);
    return building;
  }

  async #build(
    { environment }: ShelfPlace,
    holder: string,
    build: (holder: string) => Promise<Snapshot>,
  ): Promise<Snapshot> {
    await this.#turn();
    try {
      const snapshot = await build(holder);
      this.#keep(holder, { environment, snapshot, weight: weightOf(snapshot) });
      return snapshot;
    } catch (error) {
      this.#builder.letGo(holder);
      throw error;
    } finally {
      this.#building -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#waiting.length >= WAITING) {
      throw new VexilError("VEXIL_OVERLOADED_QUEUE", `${WAITING} past states are waiting to be built; try again soon`, {
        details: { retryAfterMs: 1_000 },
      });
    }
    if (this.#building >= BUILDERS) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#building += 1;
  }

  #keep(holder: string, kept: Kept): void {
    this.#kept.set(holder, kept);
    this.#latest.set(kept.environment, holder);
    this.#weight += kept.weight;
    const itsOwn = [...this.#kept].filter(([, { environment }]) => environment === kept.environment);
    for (const [oldest, { environment, weight }] of itsOwn.slice(0, -this.#most))
      this.#drop(oldest, environment, weight);
    for (const [oldest, { environment, weight }] of this.#kept) {
      if (this.#weight <= this.#bytes || this.#kept.size === 1) break;
      this.#drop(oldest, environment, weight);
    }
  }

  #drop(holder: string, environment: string, weight: number): void {
    this.#kept.delete(holder);
    if (this.#latest.get(environment) === holder) this.#latest.delete(environment);
    this.#weight -= weight;
    this.#builder.letGo(holder);
  }

  #holderOf({ environment, revision }: ShelfPlace): string {
    return `${this.#name}${environment}\0${revision}`;
  }
}
