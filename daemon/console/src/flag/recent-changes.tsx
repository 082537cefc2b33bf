import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { wordsOf } from "../api/api-error.js";
import { historyQuery } from "../api/history.js";
import type { Place } from "../api/types.js";
import { CommitLine } from "../history/commit-line.js";
import { Card } from "../ui/card.js";

const SHOWN = 5;

/** The last commits that changed a flag. */
export function RecentChanges({ place, flag }: { readonly place: Place; readonly flag: string }) {
  const { data, error } = useInfiniteQuery(historyQuery(place, { flag }));
  const commits = data?.pages.flatMap((page) => page.commits) ?? [];
  return (
    <Card
      title="Recent changes"
      actions={
        <Link
          to="/environments/$environment/namespaces/$namespace/history"
          params={place}
          search={{ flag }}
          className="small"
        >
          All
        </Link>
      }
    >
      {error && <p className="soft">{wordsOf(error)}</p>}
      {!data && !error && <p className="soft">Loading…</p>}
      {data && commits.length === 0 && <p className="soft">No commit is known to have changed it.</p>}
      <ul className="stack">
        {commits.slice(0, SHOWN).map((commit) => (
          <li key={commit.revision}>
            <CommitLine commit={commit} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
