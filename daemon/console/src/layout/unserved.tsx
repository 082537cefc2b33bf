import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useFeatures } from "../api/features.js";
import { namespacesQuery } from "../api/queries.js";
import type { Place } from "../api/types.js";
import { useStatus } from "../api/use-status.js";
import { placeOf } from "../status/fault-list.js";
import { Empty } from "../ui/states.js";

const HISTORY = "/environments/$environment/namespaces/$namespace/history";
const SETTINGS = "/environments/$environment/namespaces/$namespace/settings";

/** True where a namespace is not among those that its environment serves; false while that is not known. */
export function useIsUnserved({ environment, namespace }: Place): boolean {
  const { data } = useQuery(namespacesQuery(environment));
  return data !== undefined && !data.items.some(({ key }) => key === namespace);
}

/** In place of a page of a namespace that is not served: why so, and what to do about it. */
export function Unserved({ place }: { readonly place: Place }) {
  const { environment, namespace } = place;
  const { history } = useFeatures();
  const { data: status } = useStatus();
  const storage = status?.storages.find(({ environments }) => environments.includes(environment));
  const isKept = storage?.unservedNamespaces?.some(
    (one) => one.environment === environment && one.namespace === namespace,
  );
  const name = <bdi>{namespace.slice(0, 100)}</bdi>;
  if (!isKept) {
    return (
      <Empty isPage icon="search" title="There is no such namespace">
        <p>
          {name} is not among those of {environment}. Choose another one, or make it in the{" "}
          <Link to={SETTINGS} params={place} search={{ new: true }}>
            settings
          </Link>
          .
        </p>
      </Empty>
    );
  }
  const [fault, ...more] = storage?.quarantined.filter((one) => one.namespace === namespace) ?? [];
  return (
    <Empty isPage isBad icon="alert" title="This namespace is not served">
      {fault && (
        <p>
          <code>
            <bdi>{placeOf(fault)}</bdi>
          </code>{" "}
          <bdi>{fault.reason.slice(0, 500)}</bdi>
          {more.length > 0 && ` (and ${more.length} more)`}
        </p>
      )}
      <p>
        {name} is served as soon as a commit mends its files. <Link to="/status">See the status</Link>
        {history && (
          <>
            {" "}
            or the{" "}
            <Link to={HISTORY} params={place}>
              history
            </Link>{" "}
            of its files
          </>
        )}
        .
      </p>
    </Empty>
  );
}
