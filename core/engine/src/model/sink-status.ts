/** How one sink is, as `/api/status` shows it. Times are epoch milliseconds. */
export interface SinkStatus {
  readonly name: string;
  readonly type: string;
  /** `failing`: its last delivery failed, and is tried again. */
  readonly state: "ready" | "failing";
  /** Events, since the daemon started. */
  readonly delivered: number;
  /** Deliveries that failed, since the daemon started. */
  readonly failed: number;
  /** Events that were put aside, since the daemon started. */
  readonly dropped: number;
  /** Commits of which something is to be told, as far as that is known, and for how long the oldest has waited. */
  readonly lag: { readonly commits: number; readonly seconds: number };
  readonly lastError: { readonly code: string; readonly message: string; readonly at: number } | undefined;
}

/** The sinks as the HTTP layer reads them. */
export interface SinkReader {
  statuses(): readonly SinkStatus[];
}
