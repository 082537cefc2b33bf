import type { Engine, HistoryCommit } from "@vexil/engine/model/engine";
import type { NamespaceSnapshot } from "@vexil/flags/compile/snapshot";
import { z } from "zod";

/** Commits that are looked at, and of one page of them; time for all of them. */
const MOST_COMMITS = 200;
const PAGE_COMMITS = 50;
const SEARCH_MS = 4_000;

const change = z.object({ revision: z.string(), time: z.iso.datetime(), by: z.string() });

export const lastChangesSchema = z.object({
  flags: z.array(
    z.object({
      key: z.string(),
      changed: change.describe("The newest commit that made or changed it."),
      made: change.optional().describe("The commit that made it; absent where that is older than what was looked at."),
    }),
  ),
  since: z.iso.datetime().optional().describe("Flags that are not named were changed before."),
});

type Change = z.input<typeof change>;
type LastChanges = z.input<typeof lastChangesSchema>;

/** The last change of each flag of a namespace, and the one that made it, as far as the newest commits tell. */
export async function findLastChanges(
  engine: Pick<Engine, "history">,
  environment: string,
  namespace: Pick<NamespaceSnapshot, "key" | "flags">,
): Promise<LastChanges> {
  const until = performance.now() + SEARCH_MS;
  const found = new Map<string, { changed: Change; made?: Change }>();
  const gone = new Set<string>();
  let made = 0;
  let pageToken: string | undefined;
  let since: string | undefined;
  for (let looked = 0; looked < MOST_COMMITS && performance.now() < until; looked += PAGE_COMMITS) {
    const page = await engine.history({ environment, namespace: namespace.key, limit: PAGE_COMMITS, pageToken });
    for (const commit of page.commits) {
      const own = shownChange(commit);
      since = own.time;
      for (const { type, key, before } of commit.changes) {
        if (type !== "flag" || gone.has(key) || !namespace.flags.has(key)) continue;
        const known = found.get(key) ?? { changed: own };
        found.set(key, known);
        if (before !== undefined) continue;
        known.made = own;
        made += 1;
        // One of its name that was there earlier was another flag.
        gone.add(key);
      }
    }
    pageToken = page.nextPageToken || undefined;
    if (pageToken === undefined || made === namespace.flags.size) break;
  }
  const flags = [...found].map(([key, known]) => ({ key, ...known }));
  return since === undefined || pageToken === undefined ? { flags } : { flags, since };
}

function shownChange({ revision, timestampMs, actor, authorName }: HistoryCommit): Change {
  return { revision, time: new Date(timestampMs).toISOString(), by: actor ?? authorName };
}
