/** Parsed files, kept for the next start. */
export interface CacheConfig {
  /** Undefined: where a backend is durable. */
  readonly enabled: boolean | undefined;
  /** Directory; undefined: below the state directory. */
  readonly path: string | undefined;
  readonly bytes: number;
}
