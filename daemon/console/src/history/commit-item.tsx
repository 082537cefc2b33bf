import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Commit, FLAG, type Place, SEGMENT } from "../api/types.js";
import { Badge, type Tone } from "../ui/badge.js";
import { Diff } from "../ui/diff.js";
import { CommitLine } from "./commit-line.js";
import styles from "./history-page.module.css";

const MOST = 20;

/** A commit with what it changed, item by item. */
export function CommitItem({ place, commit }: { readonly place: Place; readonly commit: Commit }) {
  const { changes } = commit;
  const [body] = commit.message.split("\n").slice(1).join("\n").trim().split("\n\n");
  return (
    <li className={styles.commit}>
      <CommitLine commit={commit} />
      {body !== undefined && body !== "" && <p className="soft small">{body.slice(0, 500)}</p>}
      <div className={styles.changes}>
        {changes.slice(0, MOST).map((change) => (
          <ChangeItem key={`${change.typeUrl} ${change.key}`} place={place} change={change} />
        ))}
        {changes.length > MOST && <span className="soft small">and {changes.length - MOST} more</span>}
      </div>
    </li>
  );
}

interface ChangeItemProps {
  readonly place: Place;
  readonly change: Commit["changes"][number];
}

function ChangeItem({ place, change: { typeUrl, key, before, after } }: ChangeItemProps) {
  const [open, setOpen] = useState(false);
  const isFlag = typeUrl === FLAG;
  const [words, tone]: readonly [string, Tone] =
    before === undefined ? ["added", "good"] : after === undefined ? ["removed", "bad"] : ["changed", "accent"];
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {isFlag ? "Flag" : typeUrl === SEGMENT ? "Segment" : "Namespace"}{" "}
        <bdi className="mono">{key.slice(0, 200)}</bdi> <Badge text={words} tone={tone} />
      </summary>
      {open && (
        <div className="stack">
          <Diff before={before} after={after} label={`What changed of ${key.slice(0, 100)}`} />
          {isFlag && after !== undefined && (
            <Link
              to="/environments/$environment/namespaces/$namespace/flags/$flag"
              params={{ ...place, flag: key }}
              className="small"
            >
              Show this flag as it is now
            </Link>
          )}
        </div>
      )}
    </details>
  );
}
