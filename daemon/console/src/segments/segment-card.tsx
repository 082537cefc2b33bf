import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useFeatures } from "../api/features.js";
import { useFreshChange } from "../api/fresh-changes.js";
import { useRefusal } from "../api/rights.js";
import type { Constraint, Flag, Place, Segment } from "../api/types.js";
import { Badge } from "../ui/badge.js";
import { IconButton } from "../ui/button.js";
import { Card } from "../ui/card.js";
import { shownValue } from "./constraint-text.js";
import { DeleteSegment } from "./delete-segment.js";
import { operatorWords } from "./operator-words.js";
import { SegmentUsers, usersOf } from "./segment-users.js";
import styles from "./segments-page.module.css";

interface SegmentCardProps {
  readonly place: Place;
  readonly segment: Segment;
  /** The revision that it is of. */
  readonly revision: string;
  /** Undefined while they are not known. */
  readonly flags: readonly Flag[] | undefined;
}

export function SegmentCard({ place, segment, revision, flags }: SegmentCardProps) {
  const { key, name, description, matchType, constraints } = segment;
  const users = useMemo(() => flags && usersOf(flags, key), [flags, key]);
  const navigate = useNavigate();
  const { history } = useFeatures();
  const isFresh = useFreshChange(place.environment, place.namespace, "segment", key);
  const [asked, setAsked] = useState(false);
  const words = (name === "" ? key : name).slice(0, 300);
  return (
    <div id={`segment-${key}`} className={styles.segment}>
      <Card
        title={words}
        actions={
          <span className="row">
            {isFresh && <Badge text="Changed" tone="good" />}
            {history && (
              <IconButton
                icon="history"
                label={`History of ${words.slice(0, 100)}`}
                onClick={() =>
                  void navigate({
                    to: "/environments/$environment/namespaces/$namespace/history",
                    params: { ...place },
                    search: { segment: key },
                  })
                }
              />
            )}
            <IconButton
              icon="edit"
              label={`Edit ${words.slice(0, 100)}`}
              reason={useRefusal(place, "update")}
              onClick={() =>
                void navigate({
                  to: "/environments/$environment/namespaces/$namespace/segments/$segment",
                  params: { ...place, segment: key },
                })
              }
            />
            <IconButton
              icon="trash"
              label={`Delete ${words.slice(0, 100)}`}
              reason={useRefusal(place, "delete")}
              onClick={() => setAsked(true)}
            />
          </span>
        }
      >
        <div className="stack">
          <p>
            <code>
              <bdi>{key}</bdi>
            </code>
            {description !== "" && <bdi className="soft"> · {description}</bdi>}
          </p>
          {constraints.length > 1 && (
            <p className="soft small">
              {matchType === "ALL_MATCH_TYPE" ? "Whoever meets all of these:" : "Whoever meets one of these:"}
            </p>
          )}
          {constraints.length === 0 && <p className="soft">No constraints: everybody is in it.</p>}
          <ul className={styles.constraints}>
            {constraints.map((constraint, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a constraint has no name
              <li key={index}>
                <ConstraintWords constraint={constraint} />
              </li>
            ))}
          </ul>
          {users && (
            <div className={styles.users}>
              <span className="soft small">{users.length === 0 ? "Used by no flag" : "Used by"}</span>
              <SegmentUsers place={place} users={users} />
            </div>
          )}
        </div>
      </Card>
      {asked && (
        <DeleteSegment place={place} segment={key} revision={revision} users={users} onClose={() => setAsked(false)} />
      )}
    </div>
  );
}

function ConstraintWords({ constraint }: { readonly constraint: Constraint }) {
  const { type, property, operator, description } = constraint;
  const value = shownValue(constraint);
  return (
    <>
      <bdi className="mono">{type === "ENTITY_ID_COMPARISON_TYPE" ? "entity id" : property}</bdi>
      <span className="soft">{operatorWords(operator)}</span>
      {value !== "" && <bdi className="mono">{value.slice(0, 2_000)}</bdi>}
      {description !== "" && <bdi className="soft small">{description}</bdi>}
    </>
  );
}
