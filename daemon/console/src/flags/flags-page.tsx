import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useFlagFacts } from "../api/flag-facts.js";
import { useLive } from "../api/live.js";
import { flagsQuery } from "../api/queries.js";
import { Unserved, useIsUnserved } from "../layout/unserved.js";
import { Failed, Loading } from "../ui/states.js";
import { useTitle } from "../ui/use-title.js";
import { FlagFilters } from "./flag-filters.js";
import { FlagList } from "./flag-list.js";
import styles from "./flags-page.module.css";
import { NewFlagLink } from "./new-flag-link.js";
import { useFilter } from "./use-filter.js";

export function FlagsPage() {
  const place = useParams({ from: "/shell/environments/$environment/namespaces/$namespace/flags" });
  useTitle(`Flags of ${place.namespace}, ${place.environment}`);
  useLive(place.environment);
  const { data, error, refetch } = useQuery(flagsQuery(place));
  const isUnserved = useIsUnserved(place);
  const known = useFlagFacts(place, data !== undefined);
  const { filter, found, set } = useFilter(data?.flags, known.facts);
  if (data === undefined) return error ? <Failed isPage error={error} again={() => void refetch()} /> : <Loading />;
  const total = data.flags.length;
  if (total === 0 && isUnserved) return <Unserved place={place} />;
  return (
    <div className={styles.page}>
      <div className="row between">
        <div className="row">
          <h1>Flags</h1>
          <span className="soft" role="status">
            {found.length === total ? count(total) : `${found.length.toLocaleString("en")} of ${count(total)}`}
          </span>
        </div>
        {total > 0 && <NewFlagLink place={place} />}
      </div>
      <FlagFilters flags={data.flags} filter={filter} onChange={set} />
      <FlagList
        place={place}
        flags={found}
        known={known}
        total={total}
        revision={data.revision}
        onClear={() => set({})}
      />
    </div>
  );
}

const count = (flags: number): string => `${flags.toLocaleString("en")} ${flags === 1 ? "flag" : "flags"}`;
