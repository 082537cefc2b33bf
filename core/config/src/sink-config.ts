/** A place that is told what happened. */
export interface SinkConfig {
  /** Its key under `sinks`. */
  readonly name: string;
  /** The name of a bundled plugin or of another one, or a specifier. */
  readonly type: string;
  /** Input of the plugin's schema, secrets as Secret. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Where they stand in the configuration. */
  readonly path: string;
  /** Where one that has not been there before begins: with what is served, or with the first commit. */
  readonly from: "now" | "beginning";
  /** Time that delivering an event may take; then it is put aside. */
  readonly maxAgeMs: number;
  readonly filter: SinkFilterConfig;
}

/** Which events a sink gets; undefined: all. In names `*` stands for any text. */
export interface SinkFilterConfig {
  readonly environments: readonly string[] | undefined;
  readonly namespaces: readonly string[] | undefined;
  readonly kinds: readonly string[] | undefined;
  /** Members of flags, segments and namespaces, of which one has to differ. */
  readonly fields: readonly string[] | undefined;
}
