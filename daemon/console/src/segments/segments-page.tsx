import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useLive } from "../api/live.js";
import { flagsQuery, segmentsQuery } from "../api/queries.js";
import { useRefusal } from "../api/rights.js";
import { Unserved, useIsUnserved } from "../layout/unserved.js";
import { Button } from "../ui/button.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { useTitle } from "../ui/use-title.js";
import { SegmentCard } from "./segment-card.js";

const NEW = "/environments/$environment/namespaces/$namespace/new-segment";

/** Segments of a namespace, and which flags use them. */
export function SegmentsPage() {
  const place = useParams({ from: "/shell/environments/$environment/namespaces/$namespace/segments" });
  useTitle(`Segments of ${place.namespace}, ${place.environment}`);
  useLive(place.environment);
  const { data, error, refetch } = useQuery(segmentsQuery(place));
  const { data: known } = useQuery(flagsQuery(place));
  const isUnserved = useIsUnserved(place);
  const navigate = useNavigate();
  const refusal = useRefusal(place, "create");
  if (data === undefined) return error ? <Failed isPage error={error} again={() => void refetch()} /> : <Loading />;
  if (data.segments.length === 0 && isUnserved) return <Unserved place={place} />;
  return (
    <div className="page">
      <div className="row between">
        <div className="row">
          <h1>Segments</h1>
          <span className="soft">
            {data.segments.length} {data.segments.length === 1 ? "segment" : "segments"}
          </span>
        </div>
        <Button icon="plus" look="primary" reason={refusal} onClick={() => void navigate({ to: NEW, params: place })}>
          New segment
        </Button>
      </div>
      {data.segments.length === 0 && (
        <Empty icon="segment" title="No segments here yet">
          <p>A segment says by its constraints who is in it; rules and rollouts of flags name it by its key.</p>
          <Link to={NEW} params={place}>
            Make the first one
          </Link>
        </Empty>
      )}
      <div className="stack">
        {data.segments.map((segment) => (
          <SegmentCard
            key={segment.key}
            place={place}
            segment={segment}
            revision={data.revision}
            flags={known?.flags}
          />
        ))}
      </div>
    </div>
  );
}
