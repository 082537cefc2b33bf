import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useLive } from "../api/live.js";
import { placeWords } from "../api/place-words.js";
import { flagsQuery, segmentsQuery } from "../api/queries.js";
import type { Place } from "../api/types.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { useTitle } from "../ui/use-title.js";
import { SegmentEditor } from "./segment-editor.js";
import { usersOf } from "./segment-users.js";

const LIST = "/environments/$environment/namespaces/$namespace/segments";

/** Edits a segment. */
export function SegmentPage() {
  const { segment, ...place } = useParams({
    from: "/shell/environments/$environment/namespaces/$namespace/segments/$segment",
  });
  useTitle(`Edit ${segment}`);
  return <Editing key={segment} place={place} segment={segment} />;
}

/** Makes a segment. */
export function NewSegmentPage() {
  const place = useParams({ from: "/shell/environments/$environment/namespaces/$namespace/new-segment" });
  useTitle("New segment");
  return <Editing place={place} segment={undefined} />;
}

function Editing({ place, segment }: { readonly place: Place; readonly segment: string | undefined }) {
  const navigate = useNavigate();
  const [begun, setBegun] = useState(segment === undefined);
  useLive(place.environment);
  const { data, error, refetch } = useQuery(segmentsQuery(place));
  const { data: known } = useQuery({ ...flagsQuery(place), enabled: segment !== undefined });
  if (data === undefined) return error ? <Failed isPage error={error} again={() => void refetch()} /> : <Loading />;
  const { segments, revision } = data;
  const value = segments.find(({ key }) => key === segment);
  // What is being edited stays, whoever has deleted it meanwhile.
  if (value !== undefined && !begun) setBegun(true);
  return (
    <div className="page">
      <nav aria-label="Breadcrumb" className="soft small">
        <Link to={LIST} params={place}>
          Segments
        </Link>{" "}
        of {placeWords(place)}
      </nav>
      {!begun && value === undefined ? (
        <Empty isPage icon="segment" title="There is no such segment">
          <p>
            It may have been deleted meanwhile; the{" "}
            <Link to="/environments/$environment/namespaces/$namespace/history" params={place}>
              history
            </Link>{" "}
            tells by whom.
          </p>
        </Empty>
      ) : (
        <SegmentEditor
          place={place}
          current={{ value, revision }}
          keys={segments.map(({ key }) => key)}
          users={known && segment !== undefined ? usersOf(known.flags, segment) : undefined}
          onDone={(key) =>
            void navigate({ to: LIST, params: place, ...(key === undefined ? {} : { hash: `segment-${key}` }) })
          }
        />
      )}
    </div>
  );
}
