/** An account of what was served when. */
export interface JournalConfig {
  /** Undefined: where the backend is durable. */
  readonly enabled: boolean | undefined;
  /** Directory; undefined: beside the storage's data. */
  readonly path: string | undefined;
  readonly bytes: number;
  readonly retentionMs: number;
}
