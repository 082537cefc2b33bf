import { Link } from "@tanstack/react-router";
import type { FlagFacts } from "../api/flag-facts.js";
import { useFreshChange } from "../api/fresh-changes.js";
import type { Flag, Place } from "../api/types.js";
import { TypeBadge } from "../flag/type-badge.js";
import { Badge } from "../ui/badge.js";
import { Switch } from "../ui/switch.js";
import { FactCells } from "./fact-cells.js";
import { ownerOf, tagsOf } from "./flag-filter.js";
import styles from "./flag-list.module.css";

const MOST_TAGS = 3;

interface FlagRowProps {
  readonly place: Place;
  readonly flag: Flag;
  readonly row: number;
  /** Pixels from the top of all rows. */
  readonly top: number;
  readonly facts: FlagFacts | undefined;
  /** Flags without a change were changed before. */
  readonly since: string | undefined;
  readonly busy: boolean;
  /** Why it cannot be switched. */
  readonly reason: string | undefined;
  readonly onToggle: () => void;
}

export function FlagRow({ place, flag, row, top, facts, since, busy, reason, onToggle }: FlagRowProps) {
  const name = flag.name === "" ? flag.key : flag.name;
  const owner = ownerOf(flag);
  const isFresh = useFreshChange(place.environment, place.namespace, "flag", flag.key);
  // Of a tag it is plain what it is.
  const tags = [...(owner === undefined ? [] : [owner]), ...tagsOf(flag).map((tag) => tag.replace(/^tags?=/, ""))];
  return (
    // biome-ignore-start lint/a11y/useSemanticElements: see the list
    <div
      role="row"
      aria-rowindex={row}
      tabIndex={-1}
      className={`${styles.line} ${styles.item} ${isFresh ? styles.fresh : ""}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="cell" className={styles.cell}>
        <Switch
          on={flag.enabled}
          label={`${name.slice(0, 100)} is on`}
          disabled={busy}
          reason={reason}
          onChange={onToggle}
        />
      </span>
      <span role="cell">
        <span className="row">
          <Link
            to="/environments/$environment/namespaces/$namespace/flags/$flag"
            params={{ ...place, flag: flag.key }}
            className={styles.name}
          >
            <bdi>{name.slice(0, 300)}</bdi>
          </Link>
          {isFresh && <Badge text="Changed" tone="good" />}
        </span>
        <span className={`soft small ${styles.key}`}>
          <bdi className="mono">{flag.key.slice(0, 300)}</bdi>
          {flag.description !== "" && <bdi> · {flag.description.slice(0, 300)}</bdi>}
        </span>
      </span>
      <span role="cell" className={styles.cell}>
        <TypeBadge type={flag.type} />
      </span>
      <span role="cell" className={`${styles.wide} ${styles.tags}`}>
        {tags.slice(0, MOST_TAGS).map((tag) => (
          <Badge key={tag} text={tag} />
        ))}
        {tags.length > MOST_TAGS && <span className="soft small">+{tags.length - MOST_TAGS}</span>}
      </span>
      <span role="cell" className={`soft small ${styles.wide}`}>
        {targeting(flag)}
      </span>
      <FactCells facts={facts} since={since} />
    </div>
    // biome-ignore-end lint/a11y/useSemanticElements: see the list
  );
}

function targeting({ type, rules, rollouts, variants }: Flag): string {
  const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
  if (type === "BOOLEAN_FLAG_TYPE") return rollouts.length === 0 ? "Everybody" : counted(rollouts.length, "rollout");
  return rules.length === 0 ? counted(variants.length, "variant") : counted(rules.length, "rule");
}
