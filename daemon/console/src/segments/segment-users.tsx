import { Link } from "@tanstack/react-router";
import type { Flag, Place } from "../api/types.js";
import styles from "./segments-page.module.css";

/** Flags that use a segment, and where. */
export type Users = readonly { readonly flag: string; readonly where: readonly string[] }[];

const MOST = 40;

export function usersOf(flags: readonly Flag[], segment: string): Users {
  return flags.flatMap(({ key, rules, rollouts }) => {
    const where = [
      ...rules.flatMap(({ segments }, index) => (segments.includes(segment) ? [`rule ${index + 1}`] : [])),
      ...rollouts.flatMap((rollout, index) =>
        rollout.segment?.segments.includes(segment) ? [`rollout ${index + 1}`] : [],
      ),
    ];
    return where.length === 0 ? [] : [{ flag: key, where }];
  });
}

export function SegmentUsers({ place, users }: { readonly place: Place; readonly users: Users }) {
  return (
    <ul className={styles.used}>
      {users.slice(0, MOST).map(({ flag, where }) => (
        <li key={flag}>
          <Link to="/environments/$environment/namespaces/$namespace/flags/$flag" params={{ ...place, flag }}>
            <bdi className="mono">{flag.slice(0, 100)}</bdi>
          </Link>{" "}
          <span className="soft small">{where.slice(0, 4).join(", ")}</span>
        </li>
      ))}
      {users.length > MOST && <li className="soft">and {users.length - MOST} more</li>}
    </ul>
  );
}
