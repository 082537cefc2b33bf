import type { GitObjectType, Oid } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import { OidTable } from "./oid-table.js";

/** About 50 bytes each. */
const MOST_OBJECTS = 5_000_000;

/** An object of a pack, in the order in which they are sent. */
export interface PlannedObject {
  readonly index: number;
  readonly oid: Oid;
  readonly type: GitObjectType;
  /** An object much like it: one of this pack that comes before, or one that the client has. */
  readonly base: number | Oid | undefined;
}

const TYPES: readonly GitObjectType[] = ["commit", "tree", "blob", "tag"];

/** The objects of a pack: a pack begins with their number, so all are found before the first is sent. */
export class PackPlan {
  readonly #table = new OidTable();
  readonly #types: number[] = [];
  /** 0: none; above: index + 1 of one in the pack; below: the same in what the client has. */
  readonly #bases: number[] = [];
  readonly #outside = new OidTable();

  get size(): number {
    return this.#table.size;
  }

  has(oid: Oid): boolean {
    return this.#table.has(oid);
  }

  /**
   * Adds an object, unless it is there.
   * @param base an object much like it
   * @param mayBeOutside the client has the base, if the pack has not
   * @returns whether it was added
   * @throws VexilError VEXIL_VALIDATION_LIMIT
   */
  add(oid: Oid, type: GitObjectType, base?: Oid, mayBeOutside = false): boolean {
    const inside = base === undefined ? undefined : this.#table.indexOf(base);
    if (this.#table.add(oid) === undefined) return false;
    if (this.size > MOST_OBJECTS) {
      throw new VexilError(
        "VEXIL_VALIDATION_LIMIT",
        `a pack holds ${MOST_OBJECTS} objects at most; fetch with a depth`,
      );
    }
    this.#types.push(TYPES.indexOf(type));
    if (inside !== undefined) this.#bases.push(inside + 1);
    else if (base !== undefined && mayBeOutside) {
      this.#outside.add(base);
      this.#bases.push(-1 - (this.#outside.indexOf(base) as number));
    } else this.#bases.push(0);
    return true;
  }

  /** @param index below `size` */
  at(index: number): PlannedObject {
    const base = this.#bases[index] as number;
    return {
      index,
      oid: this.#table.at(index),
      type: TYPES[this.#types[index] as number] as GitObjectType,
      base: base === 0 ? undefined : base > 0 ? base - 1 : this.#outside.at(-1 - base),
    };
  }

  /** The id of an object of the pack. */
  oidAt(index: number): Oid {
    return this.#table.at(index);
  }
}
