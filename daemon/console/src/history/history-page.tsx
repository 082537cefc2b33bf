import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useFeatures } from "../api/features.js";
import { historyQuery } from "../api/history.js";
import { useLive } from "../api/live.js";
import { useTitle } from "../app/use-title.js";
import { Button } from "../ui/button.js";
import { Card } from "../ui/card.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { CommitItem } from "./commit-item.js";
import styles from "./history-page.module.css";

const HERE = "/shell/environments/$environment/namespaces/$namespace/history";

/** Commits that changed a namespace, or one flag of it. */
export function HistoryPage() {
  const place = useParams({ from: HERE });
  const { flag } = useSearch({ from: HERE });
  useTitle(`History of ${flag ?? place.namespace}`);
  useLive(place.environment);
  const { history } = useFeatures();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    historyQuery(place, flag),
  );
  const commits = data?.pages.flatMap((page) => page.commits) ?? [];
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>History</h1>
          <p className="soft">
            Commits that changed {flag === undefined ? "flags and segments" : <bdi className="mono">{flag}</bdi>} of{" "}
            {place.namespace} in {place.environment}
          </p>
        </div>
        {flag !== undefined && (
          <Link to="." search={{}}>
            Show the whole namespace
          </Link>
        )}
      </div>
      {data === undefined &&
        (error && !history ? null : error ? <Failed error={error} again={() => void refetch()} /> : <Loading />)}
      {data && commits.length === 0 && (
        <Empty icon="history" title="No change yet">
          <p>Every change by this page, the API or a push is a commit, and listed here.</p>
        </Empty>
      )}
      {commits.length > 0 && (
        <Card title="Commits" bare>
          <ol className={styles.commits}>
            {commits.map((commit) => (
              <CommitItem key={commit.revision} place={place} commit={commit} />
            ))}
          </ol>
        </Card>
      )}
      {hasNextPage && (
        <div className={styles.more}>
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage ? "Loading…" : "Show older ones"}
          </Button>
        </div>
      )}
    </div>
  );
}
