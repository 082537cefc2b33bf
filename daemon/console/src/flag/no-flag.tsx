import { Link } from "@tanstack/react-router";
import { useFeatures } from "../api/features.js";
import { placeWords } from "../api/place-words.js";
import type { Place } from "../api/types.js";
import { Empty } from "../ui/states.js";

const PLACE = "/environments/$environment/namespaces/$namespace";

/** In place of a flag that is not there: what has become of it is told by its history. */
export function NoFlag({ place, flag }: { readonly place: Place; readonly flag: string }) {
  const { history } = useFeatures();
  return (
    <Empty isPage icon="flag" title="There is no such flag">
      <p>
        <bdi className="mono">{flag.slice(0, 200)}</bdi> is not in {placeWords(place)}.
        {history && (
          <>
            {" "}
            If it was deleted, its{" "}
            <Link to={`${PLACE}/history`} params={place} search={{ flag }}>
              history
            </Link>{" "}
            tells by whom.
          </>
        )}
      </p>
      <Link to={`${PLACE}/flags`} params={place} search={{}}>
        Show all flags
      </Link>
    </Empty>
  );
}
