/** Deadlines of connections, in milliseconds. */
export interface ConnectionDeadlines {
  /** How long a client may take to send a request's headers, and all of it. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** How often these are looked at. */
  readonly connectionsCheckingInterval: number;
  /** How long a connection may rest between two requests. */
  readonly keepAliveTimeout: number;
  /** How long an answer may wait for its client to read on; streams have a deadline of their own. */
  readonly readTimeout: number;
}

export const CONNECTION_DEADLINES: ConnectionDeadlines = {
  headersTimeout: 30_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 10_000,
  keepAliveTimeout: 75_000,
  readTimeout: 120_000,
};
