import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { branchesQuery } from "../api/branches.js";
import { useFeatures } from "../api/features.js";
import { useLive } from "../api/live.js";
import { environmentsQuery } from "../api/queries.js";
import { Empty, Failed, Loading } from "../ui/states.js";
import { useOpened } from "../ui/use-opened.js";
import { useTitle } from "../ui/use-title.js";
import { BranchCard } from "./branch-card.js";
import type { BranchesSearch } from "./branches-search.js";
import { NewBranch } from "./new-branch.js";

const HERE = "/shell/environments/$environment/namespaces/$namespace/branches";
const ASK_EVERY_MS = 10_000;

/** Branches of an environment; on a branch, those of the environment that it was made from. */
export function BranchesPage() {
  const place = useParams({ from: HERE });
  const { compare, new: wanted } = useSearch({ from: HERE });
  const opened = useOpened<BranchesSearch>();
  const { data: environments = [] } = useQuery(environmentsQuery);
  const base = environments.find(({ key }) => key === place.environment)?.configuration.base ?? place.environment;
  useTitle(`Branches of ${base}`);
  useLive(base);
  const { isKnown, branches } = useFeatures();
  const { data, error, refetch } = useQuery({
    ...branchesQuery(base),
    refetchInterval: ASK_EVERY_MS,
    enabled: branches,
  });
  if (!isKnown) return <Loading />;
  if (!branches) {
    return (
      <Empty isPage icon="branch" title="No branches are offered here">
        <p>This server has no branches of environments at this address. Branches of git are there all the same.</p>
      </Empty>
    );
  }
  return (
    <div className="page">
      <div>
        <h1>Branches</h1>
        <p className="soft">
          A branch of {base} is an environment of its own: change flags in it, see who would be affected, and merge it
          with git.
        </p>
      </div>
      <NewBranch key={wanted ?? ""} place={{ ...place, environment: base }} wanted={wanted} />
      {data === undefined ? (
        error ? (
          <Failed error={error} again={() => void refetch()} />
        ) : (
          <Loading />
        )
      ) : data.length === 0 ? (
        <Empty icon="branch" title="No branches yet">
          <p>Make one to try a change where nobody is affected.</p>
        </Empty>
      ) : (
        data.map(({ key, ref }) => (
          <BranchCard
            key={key}
            base={base}
            namespace={place.namespace}
            branch={key}
            gitBranch={ref}
            isCompared={compare === key}
            onCompare={(on) => {
              if (!on) opened.close({});
              else if (compare === undefined) opened.open({ compare: key });
              else opened.change({ compare: key });
            }}
          />
        ))
      )}
    </div>
  );
}
