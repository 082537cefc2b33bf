import { Link } from "@tanstack/react-router";
import type { Constraint, Flag, Place, Segment } from "../api/types.js";
import { Badge } from "../ui/badge.js";
import { Card } from "../ui/card.js";
import { operatorWords } from "./operator-words.js";
import styles from "./segments-page.module.css";

interface SegmentCardProps {
  readonly place: Place;
  readonly segment: Segment;
  /** Undefined while they are not known. */
  readonly flags: readonly Flag[] | undefined;
}

const MOST_USERS = 40;

export function SegmentCard({ place, segment, flags }: SegmentCardProps) {
  const { key, name, description, matchType, constraints } = segment;
  const users = flags?.filter((flag) => usesSegment(flag, key));
  return (
    <div id={`segment-${key}`} className={styles.segment}>
      <Card
        title={(name === "" ? key : name).slice(0, 300)}
        actions={<Badge text={matchType === "ALL_MATCH_TYPE" ? "All have to match" : "One has to match"} />}
      >
        <div className="stack">
          <p>
            <code>
              <bdi>{key}</bdi>
            </code>
            {description !== "" && <bdi className="soft"> · {description}</bdi>}
          </p>
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
            <div className={styles.used}>
              <span className="soft">{users.length === 0 ? "Used by no flag" : "Used by"}</span>
              {users.slice(0, MOST_USERS).map((flag) => (
                <Link
                  key={flag.key}
                  to="/environments/$environment/namespaces/$namespace/flags/$flag"
                  params={{ ...place, flag: flag.key }}
                >
                  <bdi className="mono">{flag.key.slice(0, 100)}</bdi>
                </Link>
              ))}
              {users.length > MOST_USERS && <span className="soft">and {users.length - MOST_USERS} more</span>}
            </div>
          )}
        </div>
      </Card>
    </div>
  );
}

function ConstraintWords({ constraint }: { readonly constraint: Constraint }) {
  const { type, property, operator, value, description } = constraint;
  return (
    <>
      <bdi className="mono">{type === "ENTITY_ID_COMPARISON_TYPE" ? "entity id" : property}</bdi>
      <span className="soft">{operatorWords(operator)}</span>
      {value !== "" && <bdi className="mono">{value.slice(0, 2_000)}</bdi>}
      {description !== "" && <bdi className="soft small">{description}</bdi>}
    </>
  );
}

function usesSegment({ rules, rollouts }: Flag, key: string): boolean {
  return (
    rules.some(({ segments }) => segments.includes(key)) ||
    rollouts.some(({ segment }) => segment?.segments.includes(key) === true)
  );
}
