import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Badge } from "../ui/badge.js";
import { Button } from "../ui/button.js";
import { Card, Hint } from "../ui/card.js";
import { EventRow } from "./event-row.js";
import styles from "./tail.module.css";
import { hasWords, type TailFilter } from "./tail-filter.js";
import { TailFilters } from "./tail-filters.js";
import { type TailRow, useTail } from "./use-tail.js";

const MOST_SHOWN = 200;

/** The server's events as they happen. */
export function TailCard() {
  const filter = useSearch({ from: "/shell/status" });
  const navigate = useNavigate({ from: "/status" });
  const tail = useTail(filter);
  const [held, setHeld] = useState<readonly TailRow[]>();
  const newest = tail.rows[0]?.place ?? 0;
  const missed = held === undefined ? 0 : newest - (held[0]?.place ?? 0);
  const rows = (held ?? tail.rows).filter(({ event }) => hasWords(event, filter.text)).slice(0, MOST_SHOWN);
  const change = (next: TailFilter): void => {
    setHeld(undefined);
    void navigate({ search: next, replace: true });
  };
  return (
    <Card
      title="Events"
      bare
      actions={
        <span className="row">
          {held ? (
            <Badge text={missed > 0 ? `Paused, ${missed} new` : "Paused"} tone="warn" />
          ) : (
            <Badge text={tail.isOpen ? "Live" : "Connecting"} tone={tail.isOpen ? "good" : "plain"} />
          )}
          <Button onClick={() => setHeld(held === undefined ? tail.rows : undefined)}>
            {held ? "Go on" : "Pause"}
          </Button>
        </span>
      }
    >
      <TailFilters filter={filter} onChange={change} />
      {tail.fault !== undefined && <p className={styles.fault}>{tail.fault}</p>}
      {rows.length === 0 ? (
        <Hint>
          {tail.rows.length === 0
            ? "Nothing has happened since this page was opened. Changes of flags, files that are left out and states of storages are told here as they happen."
            : "None of the events that came has these words."}
        </Hint>
      ) : (
        <ol className={styles.rows}>
          {rows.map(({ place, event }) => (
            <EventRow key={place} event={event} />
          ))}
        </ol>
      )}
    </Card>
  );
}
