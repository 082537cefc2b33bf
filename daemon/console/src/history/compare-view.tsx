import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { comparisonQuery, SERVED } from "../api/comparison.js";
import type { Scope } from "../api/history.js";
import type { Place } from "../api/types.js";
import { Button } from "../ui/button.js";
import { Card } from "../ui/card.js";
import { TextField } from "../ui/field.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { ComparedItems } from "./compared-items.js";
import styles from "./history-page.module.css";
import type { HistorySearch } from "./history-search.js";

interface CompareViewProps {
  readonly place: Place;
  readonly scope: Scope;
  readonly search: HistorySearch;
  readonly base: string;
}

/** Any two revisions beside each other, by item or as text. */
export function CompareView({ place, scope, search, base }: CompareViewProps) {
  const head = search.head ?? SERVED;
  const navigate = useNavigate();
  const [from, setFrom] = useState(base);
  const [to, setTo] = useState(search.head ?? "");
  const { data, error, refetch } = useQuery(comparisonQuery(place, scope, { base, head }));
  const { base: _, head: __, ...rest } = search;
  return (
    <>
      <form
        className={styles.revisions}
        onSubmit={(event) => {
          event.preventDefault();
          const next = { ...rest, base: from.trim(), ...(to.trim() === "" ? {} : { head: to.trim() }) };
          void navigate({ to: ".", search: next });
        }}
      >
        <TextField label="Before" value={from} onChange={({ target }) => setFrom(target.value)} />
        <TextField
          label="After"
          placeholder="what is served now"
          value={to}
          onChange={({ target }) => setTo(target.value)}
        />
        <Button type="submit" disabled={from.trim() === ""}>
          Compare
        </Button>
      </form>
      <p className="soft small">
        A commit's id or how it begins, a tag, a branch, main~3, or a time such as 2026-11-30T08:00:00Z.{" "}
        <Link to="." search={rest}>
          Back to the commits
        </Link>
      </p>
      {data === undefined && (error ? <Failed error={error} again={() => void refetch()} /> : <Loading />)}
      {data?.changes.length === 0 && (
        <Empty icon="check" title="No difference">
          <p>Flags and segments are the same at both.</p>
        </Empty>
      )}
      {data && data.changes.length > 0 && (
        <Card title={`From ${data.base.slice(0, 8)} to ${data.head.slice(0, 8)}`} count={data.changes.length}>
          <ComparedItems
            key={search.view ?? ""}
            place={place}
            comparison={data}
            asText={search.view === "text"}
            withNamespace={search.all === true}
          />
        </Card>
      )}
    </>
  );
}
