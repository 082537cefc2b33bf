import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useFeatures } from "../api/features.js";
import { historyQuery, type Scope } from "../api/history.js";
import { useRefusal } from "../api/rights.js";
import type { Commit, Place } from "../api/types.js";
import edit from "../edit/edit.module.css";
import { Button } from "../ui/button.js";
import { Card } from "../ui/card.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { useTimeChoice } from "../ui/time-zone.js";
import { useOpened } from "../ui/use-opened.js";
import { CommitItem } from "./commit-item.js";
import styles from "./history-page.module.css";
import type { HistorySearch } from "./history-search.js";
import { RollBackDialog } from "./roll-back-dialog.js";

interface TimelineProps {
  readonly place: Place;
  readonly scope: Scope;
  readonly search: HistorySearch;
}

/** Commits by the day; two can be picked and compared. */
export function Timeline({ place, scope, search }: TimelineProps) {
  const navigate = useNavigate();
  const { zone } = useTimeChoice();
  const [picked, setPicked] = useState<readonly string[]>([]);
  const opened = useOpened<HistorySearch>();
  const { previews } = useFeatures();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    historyQuery(place, scope),
  );
  const refusal = useRefusal(place, "update");
  if (data === undefined) return error ? <Failed error={error} again={() => void refetch()} /> : <Loading />;
  const { back, ...rest } = search;
  const mayGoBack = !scope.all || previews;
  const commits = data.pages.flatMap((page) => page.commits);
  if (commits.length === 0) {
    return (
      <Empty icon="history" title="No change yet">
        <p>Every change by this page, the API or a push is a commit, and listed here.</p>
      </Empty>
    );
  }
  const pick = (revision: string): void =>
    setPicked((all) => (all.includes(revision) ? all.filter((one) => one !== revision) : [...all, revision].slice(-2)));
  const compare = (): void => {
    const [head, base] = commits.map(({ revision }) => revision).filter((one) => picked.includes(one));
    if (base !== undefined && head !== undefined) void navigate({ to: ".", search: { ...search, base, head } });
  };
  return (
    <>
      {byDay(commits, zone).map(([day, ofDay]) => (
        <Card key={day} title={day} count={ofDay.length} bare>
          <ol className={styles.commits}>
            {ofDay.map((commit) => (
              <CommitItem
                key={commit.revision}
                place={place}
                search={search}
                commit={commit}
                isPicked={picked.includes(commit.revision)}
                onPick={() => pick(commit.revision)}
                refusal={refusal}
                onRollBack={
                  mayGoBack && commit !== commits[0] ? () => opened.open({ ...rest, back: commit.revision }) : undefined
                }
              />
            ))}
          </ol>
        </Card>
      ))}
      {hasNextPage && (
        <div className={styles.more}>
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage ? "Loading…" : "Show older ones"}
          </Button>
        </div>
      )}
      {picked.length > 0 && (
        <div className={edit.bar}>
          <span role="status">{picked.length === 1 ? "Pick another one to compare them" : "Two are picked"}</span>
          <Button onClick={() => setPicked([])}>Pick none</Button>
          <Button look="primary" disabled={picked.length < 2} onClick={compare}>
            Compare them
          </Button>
        </div>
      )}
      {back !== undefined && mayGoBack && (
        <RollBackDialog
          key={back}
          place={place}
          scope={scope}
          to={back}
          commit={commits.find(({ revision }) => revision === back)}
          refusal={refusal}
          onClose={() => opened.close(rest)}
        />
      )}
    </>
  );
}

/** Neighbours of one day together. */
function byDay(
  commits: readonly Commit[],
  zone: string | undefined,
): readonly (readonly [string, readonly Commit[]])[] {
  const format = new Intl.DateTimeFormat("en", {
    dateStyle: "full",
    ...(zone === undefined ? {} : { timeZone: zone }),
  });
  const days = new Map<string, Commit[]>();
  for (const commit of commits) {
    const day = format.format(new Date(commit.timestamp));
    days.set(day, [...(days.get(day) ?? []), commit]);
  }
  return [...days];
}
