import { useQuery } from "@tanstack/react-query";
import { hasStatus } from "../api/api-error.js";
import { placeWords } from "../api/place-words.js";
import { flagsQuery } from "../api/queries.js";
import type { Place } from "../api/types.js";
import { Empty } from "../ui/states.js";

/** In place of an answer to whoever may not ask: the right that is missing, and where it comes from. */
export function RefusedQuestion({ place }: { readonly place: Place }) {
  const { error } = useQuery(flagsQuery(place));
  const action = hasStatus(error, 403) ? "read" : "evaluate";
  return (
    <Empty isBad icon="alert" title="You may not ask this">
      <p>
        You have no right to {action} flags in <bdi>{placeWords(place)}</bdi>.
      </p>
      <p>
        Ask whoever sets up who may do what on this server for a role with the action <code>{action}</code>.
      </p>
    </Empty>
  );
}
