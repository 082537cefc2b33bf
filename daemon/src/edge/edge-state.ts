/** How it stands between an edge and its upstream. */
export interface EdgeState {
  /** Without secrets. */
  readonly upstream: string;
  readonly isConnected: boolean;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly error?: { readonly code: string; readonly message: string } | undefined;
}
