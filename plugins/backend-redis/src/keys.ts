/**
 * The keys of one storage. All have one hash tag, so that they lie on one node of a cluster and a script may use several
 * at once.
 */
export class Keys {
  /** How all of them begin. */
  readonly prefix: string;
  /** Hash: `layout`, and `id` of these data. */
  readonly meta: string;
  /** Hash: ref name to object id. */
  readonly refs: string;
  /** Hash: object id (20 bytes) to content. */
  readonly objects: string;
  /** Sorted set: object id to the time when it was written last. */
  readonly ages: string;
  /** Set of ids of commits whose parents are not stored. */
  readonly shallow: string;
  /** Sorted set: ids of the swaps that were made lately, by time. */
  readonly swaps: string;
  /** Stream with an entry for each swap. */
  readonly changes: string;

  constructor(prefix: string, storage: string) {
    // A brace would end the hash tag.
    this.prefix = `{${prefix}:${encodeURIComponent(storage)}}:`;
    this.meta = `${this.prefix}meta`;
    this.refs = `${this.prefix}refs`;
    this.objects = `${this.prefix}objects`;
    this.ages = `${this.prefix}ages`;
    this.shallow = `${this.prefix}shallow`;
    this.swaps = `${this.prefix}swaps`;
    this.changes = `${this.prefix}changes`;
  }

  lease(name: string): string {
    return `${this.prefix}lease:${name}`;
  }
}
