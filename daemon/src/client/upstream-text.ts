import { printableLine } from "./printable.js";

/** How it stands between an edge and its upstream, as `/api/status` answers it. */
export interface UpstreamAnswer {
  readonly address: string;
  readonly state: "connected" | "disconnected";
  readonly since: string;
  readonly lastError?: { readonly code: string; readonly message: string };
}

/** An edge's upstream for users. */
export function shownUpstream({ address, state, since, lastError }: UpstreamAnswer): string {
  const error = state === "connected" || lastError === undefined ? "" : `: ${lastError.message} (${lastError.code})`;
  return `${printableLine(`edge of ${address}: ${state} since ${since}${error}`)}\n`;
}
