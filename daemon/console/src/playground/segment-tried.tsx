import { Link } from "@tanstack/react-router";
import type { Place, Step } from "../api/types.js";
import { operatorWords } from "../segments/operator-words.js";
import { Badge } from "../ui/badge.js";
import { Icon } from "../ui/icons.js";
import styles from "./playground-page.module.css";
import { SourceWords } from "./source-words.js";

type Tried = NonNullable<Step["segments"]>[number];

/** A segment with each of its constraints: what was expected, and what there was. */
export function SegmentTried({ place, segment }: { readonly place: Place; readonly segment: Tried }) {
  const { key, match, matchType, constraints, source } = segment;
  return (
    <div className={styles.tried}>
      <span className="row wrap">
        <span>
          Segment{" "}
          <Link
            to="/environments/$environment/namespaces/$namespace/segments/$segment"
            params={{ ...place, segment: key }}
          >
            <bdi className="mono">{key}</bdi>
          </Link>
        </span>
        <Badge text={match ? "in it" : "not in it"} tone={match ? "good" : "plain"} />
        {constraints.length > 1 && (
          <span className="soft small">
            {matchType === "ANY_MATCH_TYPE" ? "one has to be true" : "all have to be true"}
          </span>
        )}
      </span>
      {constraints.map((constraint, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a constraint has no name
        <span key={index} className="small">
          <Icon name={constraint.match ? "check" : "close"} size={13} />{" "}
          <span className="hidden">{constraint.match ? "true: " : "not true: "}</span>
          <bdi className="mono">{constraint.property || "entity id"}</bdi> {operatorWords(constraint.operator)}{" "}
          <bdi className="mono">{constraint.expected}</bdi>
          <span className="soft">
            {" "}
            · it is {constraint.seen === null ? "not there" : <bdi className="mono">{constraint.seen}</bdi>}
            {constraint.reason !== undefined && <bdi> ({constraint.reason})</bdi>}
          </span>
        </span>
      ))}
      {source && <SourceWords place={place} source={source} />}
    </div>
  );
}
