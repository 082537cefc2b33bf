import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import type { Place, Rule } from "../api/types.js";

interface SegmentWordsProps {
  readonly place: Place;
  readonly segments: readonly string[];
  readonly operator: Rule["segmentOperator"];
}

/** `staff or germany`, each leading to its segment. */
export function SegmentWords({ place, segments, operator }: SegmentWordsProps) {
  if (segments.length === 0) return <span className="soft">no segment</span>;
  return segments.map((key, index) => (
    <Fragment key={key}>
      {index > 0 && <span className="soft"> {operator === "AND_SEGMENT_OPERATOR" ? "and" : "or"} </span>}
      <Link
        to="/environments/$environment/namespaces/$namespace/segments"
        params={place}
        hash={`segment-${key}`}
        hashScrollIntoView={false}
      >
        <bdi className="mono">{key}</bdi>
      </Link>
    </Fragment>
  ));
}
