import type { HistoryCommit, HistoryPage } from "@vexil/engine/model/engine";
import { z } from "zod";
import { itemChangeSchema, shownItemChange } from "./shown-item-change.js";

/** A page of what changed. */
export const historySchema = z.object({
  commits: z.array(
    z.object({
      revision: z.string(),
      message: z.string(),
      authorName: z.string(),
      authorEmail: z.string(),
      actor: z.string().optional(),
      timestamp: z.iso.datetime(),
      changes: z.array(itemChangeSchema),
      compare: z
        .string()
        .optional()
        .describe(
          "Vexil extension. Path and query of the comparison with the commit before; absent for the first of all.",
        ),
    }),
  ),
  nextPageToken: z.string(),
});

export type ShownHistory = z.input<typeof historySchema>;

/**
 * A page as answers and commands show it.
 * @param namespace the only one that it is about
 */
export function shownHistory(
  environment: string,
  namespace: string | undefined,
  { commits, nextPageToken }: HistoryPage,
): ShownHistory {
  return { commits: commits.map((commit) => shownCommit(environment, namespace, commit)), nextPageToken };
}

function shownCommit(
  environment: string,
  namespace: string | undefined,
  { revision, parent, message, authorName, authorEmail, actor, timestampMs, changes }: HistoryCommit,
): ShownHistory["commits"][number] {
  return {
    revision,
    message: message.replace(/\n$/, ""),
    authorName,
    authorEmail,
    ...(actor === undefined ? {} : { actor }),
    timestamp: new Date(timestampMs).toISOString(),
    changes: changes.map(shownItemChange),
    ...(parent === undefined ? {} : { compare: comparePath(environment, namespace, parent, revision) }),
  };
}

function comparePath(environment: string, namespace: string | undefined, base: string, head: string): string {
  const query = new URLSearchParams({ base, head, ...(namespace === undefined ? {} : { namespace }) });
  return `/api/v2/environments/${encodeURIComponent(environment)}/compare?${query}`;
}
