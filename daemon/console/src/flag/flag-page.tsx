import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { hasStatus } from "../api/api-error.js";
import { useFeatures } from "../api/features.js";
import { useLive } from "../api/live.js";
import { placeWords } from "../api/place-words.js";
import { flagQuery } from "../api/queries.js";
import { Unserved, useIsUnserved } from "../layout/unserved.js";
import { Failed, Loading } from "../ui/states.js";
import { useOpened } from "../ui/use-opened.js";
import { useTitle } from "../ui/use-title.js";
import { FlagHead } from "./flag-head.js";
import styles from "./flag-page.module.css";
import type { FlagSearch } from "./flag-search.js";
import { MetadataCard } from "./metadata-card.js";
import { NoFlag } from "./no-flag.js";
import { RecentChanges } from "./recent-changes.js";
import { RolloutsCard } from "./rollouts-card.js";
import { RulesCard } from "./rules-card.js";
import { VariantsCard } from "./variants-card.js";

const FlagEditor = lazy(async () => ({ default: (await import("./edit/flag-editor.js")).FlagEditor }));

const HERE = "/shell/environments/$environment/namespaces/$namespace/flags/$flag";

export function FlagPage() {
  const { flag: key, ...place } = useParams({ from: HERE });
  const { edit } = useSearch({ from: HERE });
  const opened = useOpened<FlagSearch>();
  const features = useFeatures();
  useTitle(key);
  useLive(place.environment);
  const { data, error, refetch } = useQuery(flagQuery(place, key));
  const isUnserved = useIsUnserved(place);
  // What is being edited stays, whoever has deleted it meanwhile.
  const isGone = hasStatus(error, 404);
  if (isGone && (data === undefined || edit !== true)) {
    return isUnserved ? <Unserved place={place} /> : <NoFlag place={place} flag={key} />;
  }
  if (data === undefined) return error ? <Failed isPage error={error} again={() => void refetch()} /> : <Loading />;
  const { flag, revision } = data;
  return (
    <div className="page">
      <nav className={styles.crumbs} aria-label="Breadcrumb">
        <Link to="/environments/$environment/namespaces/$namespace/flags" params={place} search={{}}>
          Flags
        </Link>{" "}
        of {placeWords(place)}
      </nav>
      {edit === true ? (
        <Suspense fallback={<Loading />}>
          <FlagEditor place={place} flag={flag} revision={revision} isGone={isGone} onDone={() => opened.close({})} />
        </Suspense>
      ) : (
        <>
          <FlagHead place={place} flag={flag} revision={revision} onEdit={() => opened.open({ edit: true })} />
          <div className={styles.columns}>
            <div className="stack">
              {flag.type === "BOOLEAN_FLAG_TYPE" ? (
                <RolloutsCard place={place} flag={flag} />
              ) : (
                <>
                  <VariantsCard flag={flag} />
                  <RulesCard place={place} flag={flag} />
                </>
              )}
            </div>
            <div className="stack">
              <MetadataCard flag={flag} />
              {features.history && <RecentChanges place={place} flag={flag.key} />}
            </div>
          </div>
        </>
      )}
    </div>
  );
}
