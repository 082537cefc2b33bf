import { Link } from "@tanstack/react-router";
import type { ToldEvent } from "../api/event-stream.js";
import { Ago } from "../ui/ago.js";
import { Badge, type Tone } from "../ui/badge.js";
import { eventWords } from "./event-words.js";
import styles from "./tail.module.css";

const TONES: Readonly<Record<ToldEvent["kind"], Tone>> = {
  change: "accent",
  quarantine: "warn",
  storage: "plain",
  gap: "bad",
};

export function EventRow({ event }: { readonly event: ToldEvent }) {
  const { kind, type, time, environment, namespace, storage, actor, revision } = event;
  const tone = kind === "storage" ? (event.after === "ready" ? "good" : "bad") : TONES[kind];
  return (
    <li className={styles.row}>
      <span className={styles.when}>{time !== undefined && <Ago time={time} />}</span>
      <span className={styles.kind}>
        <Badge text={kind === "change" ? (type ?? kind) : kind} tone={tone} />
      </span>
      <span className={styles.words}>
        <Subject event={event} /> <bdi>{eventWords(event).slice(0, 500)}</bdi>
        <span className={styles.from}>
          <bdi>
            {[environment ?? storage, namespace]
              .filter((part) => part !== undefined)
              .join(" / ")
              .slice(0, 200)}
          </bdi>
          {actor !== undefined && <bdi> · {actor.slice(0, 100)}</bdi>}
          {revision !== undefined && revision !== "" && (
            <>
              {" · "}
              <code title={revision}>{revision.slice(0, 8)}</code>
            </>
          )}
        </span>
      </span>
    </li>
  );
}

/** Name of what an event is about; it leads there where there is a page of it. */
function Subject({ event }: { readonly event: ToldEvent }) {
  const { kind, type, environment, namespace, key = "", after, file, storage } = event;
  if (kind === "change" && after !== undefined && environment !== undefined && namespace !== undefined) {
    const place = { environment, namespace };
    if (type === "flag") {
      return (
        <Link to="/environments/$environment/namespaces/$namespace/flags/$flag" params={{ ...place, flag: key }}>
          <bdi className="mono">{key.slice(0, 200)}</bdi>
        </Link>
      );
    }
    if (type === "segment") {
      return (
        <Link
          to="/environments/$environment/namespaces/$namespace/segments/$segment"
          params={{ ...place, segment: key }}
        >
          <bdi className="mono">{key.slice(0, 200)}</bdi>
        </Link>
      );
    }
  }
  return <bdi className="mono">{(key || file || storage || environment || "").slice(0, 200)}</bdi>;
}
