import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useFeatures } from "../api/features.js";
import { useLive } from "../api/live.js";
import { placeWords } from "../api/place-words.js";
import { Select } from "../ui/field.js";
import { Empty, Loading } from "../ui/states.js";
import { useTitle } from "../ui/use-title.js";
import { CompareView } from "./compare-view.js";
import styles from "./history-page.module.css";
import type { HistorySearch } from "./history-search.js";
import { Timeline } from "./timeline.js";

const HERE = "/shell/environments/$environment/namespaces/$namespace/history";

/** Commits that changed an environment, a namespace of it or one item, and any two of them compared. */
export function HistoryPage() {
  const place = useParams({ from: HERE });
  const search = useSearch({ from: HERE });
  const { flag, segment, all, base, head, view } = search;
  const navigate = useNavigate();
  const scope = { ...(flag !== undefined ? { flag } : segment !== undefined ? { segment } : all ? { all } : {}) };
  const item = flag ?? segment;
  const name = item ?? (all ? place.environment : place.namespace);
  useTitle(`History of ${name}`);
  useLive(place.environment);
  const { isKnown, history } = useFeatures();
  if (!isKnown) return <Loading />;
  if (!history) {
    return (
      <Empty isPage icon="history" title="No history is told here">
        <p>This server tells none at this address. Commits of its repository can be read with git.</p>
      </Empty>
    );
  }
  const go = (next: HistorySearch): void => void navigate({ to: ".", search: next });
  const { flag: _, segment: __, all: ___, ...others } = search;
  return (
    <div className="page">
      <div className="page-head">
        <div>
          <h1>{base === undefined ? "History" : "Compare"}</h1>
          <p className="soft">
            {item === undefined ? "Flags and segments" : <bdi className="mono">{item.slice(0, 200)}</bdi>} of{" "}
            {all ? `all namespaces of environment ${place.environment}` : placeWords(place)}
          </p>
        </div>
        <div className={styles.choices}>
          {item !== undefined && (
            <Link to="." search={others}>
              Show the whole namespace
            </Link>
          )}
          {item === undefined && (
            <Select
              bare
              label="Commits of"
              value={all ? "all" : "one"}
              onChange={({ target }) => go({ ...others, ...(target.value === "all" ? { all: true } : {}) })}
            >
              <option value="one">This namespace</option>
              <option value="all">The whole environment</option>
            </Select>
          )}
          <Select
            bare
            label="Show changes"
            value={view ?? "items"}
            onChange={({ target }) => {
              const { view: ____, ...rest } = search;
              go(target.value === "text" ? { ...rest, view: "text" } : rest);
            }}
          >
            <option value="items">By item</option>
            <option value="text">As text</option>
          </Select>
        </div>
      </div>
      {base === undefined ? (
        <Timeline key={JSON.stringify(scope)} place={place} scope={scope} search={search} />
      ) : (
        <CompareView key={`${base} ${head}`} place={place} scope={scope} search={search} base={base} />
      )}
    </div>
  );
}
