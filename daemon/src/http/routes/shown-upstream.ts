import { z } from "zod";
import type { EdgeState } from "../../edge/edge-state.js";

/** How it stands between an edge and its upstream. */
export const upstreamSchema = z.object({
  address: z.string(),
  state: z.enum(["connected", "disconnected"]),
  since: z.iso.datetime(),
  lastError: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** For the status: nothing of a daemon that is no edge, and for whoever may not read all of it. */
export function shownUpstream(
  state: EdgeState | undefined,
  isReader: boolean,
): { readonly upstream?: z.input<typeof upstreamSchema> } {
  if (state === undefined || !isReader) return {};
  const { upstream: address, isConnected, since, error } = state;
  return {
    upstream: {
      address,
      state: isConnected ? "connected" : "disconnected",
      since: new Date(since).toISOString(),
      ...(error !== undefined && { lastError: error }),
    },
  };
}
