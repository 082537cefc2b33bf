import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ItemChange } from "../history/item-change.js";
import { Hint } from "../ui/card.js";
import { Failed, Loading } from "../ui/states.js";
import styles from "./branches-page.module.css";
import { affectedQuery, type BranchChange, comparisonQuery } from "./compare-branch.js";

const MOST = 100;

interface BranchComparisonProps {
  readonly base: string;
  readonly branch: string;
}

/** Differences between a branch and its base, item by item. */
export function BranchComparison({ base, branch }: BranchComparisonProps) {
  const queries = useQueryClient();
  const { data: changes, error, refetch } = useQuery(comparisonQuery(queries, base, branch));
  const { data: affected } = useQuery(affectedQuery(queries, base, branch));
  if (changes === undefined) return error ? <Failed error={error} again={() => void refetch()} /> : <Loading />;
  if (changes.length === 0) return <Hint>All flags and segments are as in {base}.</Hint>;
  return (
    <ul className={styles.changes}>
      {changes.slice(0, MOST).map((change) => (
        <ChangedItem
          key={`${change.namespace}/${change.type}/${change.key}`}
          branch={branch}
          change={change}
          share={affected?.get(`${change.namespace}/${change.key}`)}
        />
      ))}
      {changes.length > MOST && <li className="soft">and {changes.length - MOST} more</li>}
    </ul>
  );
}

interface ChangedItemProps {
  readonly branch: string;
  readonly change: BranchChange;
  readonly share: number | undefined;
}

function ChangedItem({ branch, change, share }: ChangedItemProps) {
  const { namespace, type, key, after } = change;
  const isFlag = type === "flag";
  return (
    <li>
      <ItemChange
        change={{ ...change, environment: branch }}
        asText
        withNamespace
        aside={
          isFlag &&
          share !== undefined && (
            <span className="soft small">other answers for up to {Math.round(share * 10_000) / 100}%</span>
          )
        }
      >
        {isFlag && after !== undefined && (
          <Link
            to="/environments/$environment/namespaces/$namespace/playground"
            params={{ environment: branch, namespace }}
            search={{ flag: key }}
            className="small"
          >
            Evaluate it in the branch
          </Link>
        )}
      </ItemChange>
    </li>
  );
}
