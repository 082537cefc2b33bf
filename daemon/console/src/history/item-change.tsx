import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Badge, type Tone } from "../ui/badge.js";
import { Diff } from "../ui/diff.js";
import { plainItem } from "../ui/plain-item.js";
import { changedMembers } from "./changed-members.js";
import styles from "./item-change.module.css";

/** One item as a commit, or a comparison, has changed it. */
export interface ItemChangeValue {
  readonly environment: string;
  readonly namespace: string;
  readonly type: "namespace" | "flag" | "segment";
  readonly key: string;
  readonly before: object | undefined;
  readonly after: object | undefined;
}

interface ItemChangeProps {
  readonly change: ItemChangeValue;
  /** Shown as lines of its text, not by members. */
  readonly asText: boolean;
  /** Names the namespace, where there are several. */
  readonly withNamespace: boolean;
  readonly isOpen?: boolean;
  /** Said beside its name. */
  readonly aside?: ReactNode;
  /** Where it leads; else to the flag. */
  readonly children?: ReactNode;
}

const NOUNS = { namespace: "Namespace", flag: "Flag", segment: "Segment" } as const;
const MOST_MEMBERS = 60;

/** A change of an item: its name, and what changed once it is opened. */
export function ItemChange(props: ItemChangeProps) {
  const { change, asText, withNamespace, isOpen = false, aside, children } = props;
  const { environment, namespace, type, key, before, after } = change;
  const [open, setOpen] = useState(isOpen);
  const [words, tone]: readonly [string, Tone] =
    before === undefined ? ["added", "good"] : after === undefined ? ["removed", "bad"] : ["changed", "accent"];
  const members = before && after && !asText ? changedMembers(plainItem(before), plainItem(after)) : undefined;
  return (
    <details className={styles.item} open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {NOUNS[type]}{" "}
        <bdi className="mono">
          {withNamespace && type !== "namespace" && <span className="soft">{namespace.slice(0, 200)}/</span>}
          {key.slice(0, 200)}
        </bdi>{" "}
        <Badge text={words} tone={tone} /> {aside}
      </summary>
      {open && (
        <div className="stack">
          {members ? (
            <dl className={styles.members}>
              {members.slice(0, MOST_MEMBERS).map((member) => (
                <Member key={member.path} {...member} />
              ))}
              {members.length > MOST_MEMBERS && <dt>and {members.length - MOST_MEMBERS} more</dt>}
            </dl>
          ) : (
            <Diff before={before} after={after} label={`What changed of ${key.slice(0, 100)}`} />
          )}
          {children ??
            (type === "flag" && after !== undefined && <FlagLink {...{ environment, namespace, flag: key }} />)}
        </div>
      )}
    </details>
  );
}

function FlagLink(params: { readonly environment: string; readonly namespace: string; readonly flag: string }) {
  return (
    <Link to="/environments/$environment/namespaces/$namespace/flags/$flag" params={params} className="small">
      Show this flag as it is now
    </Link>
  );
}

function Member({ path, before, after }: ReturnType<typeof changedMembers>[number]) {
  return (
    <div>
      <dt>
        <bdi>{path.slice(0, 300)}</bdi>
      </dt>
      <dd>
        {before !== undefined && (
          <del>
            <span className="hidden">before: </span>
            {shown(before)}
          </del>
        )}
        {after !== undefined && (
          <ins>
            <span className="hidden">after: </span>
            {shown(after)}
          </ins>
        )}
      </dd>
    </div>
  );
}

const shown = (value: unknown): string =>
  (typeof value === "string" && value !== "" ? value : JSON.stringify(value)).slice(0, 1_000);
