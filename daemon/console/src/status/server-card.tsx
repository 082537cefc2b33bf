import type { Status } from "../api/types.js";
import { Ago } from "../ui/ago.js";
import { Badge } from "../ui/badge.js";
import { Card } from "../ui/card.js";
import { Fact } from "./fact.js";
import styles from "./status-page.module.css";

/** Versions and processes of the server. */
export function ServerCard({ status }: { readonly status: Status }) {
  const { version, node, startedAt, workers, sessions } = status;
  return (
    <Card title="Server">
      <dl className={styles.facts}>
        <Fact name="Version">{version}</Fact>
        <Fact name="Node.js">{node}</Fact>
        <Fact name="Started">
          <Ago time={startedAt} />
        </Fact>
        <Fact name="Workers">
          {workers.running < workers.configured ? (
            <Badge text={`${workers.running} of ${workers.configured} run`} tone="warn" />
          ) : (
            workers.running
          )}
        </Fact>
        {sessions && (
          <Fact name={`Sessions, shared by ${sessions.sharedBy}`}>
            <Badge text={sessions.state} tone={sessions.state === "connected" ? "good" : "bad"} />
            {sessions.lastError !== undefined && <p className="soft small">{sessions.lastError}</p>}
          </Fact>
        )}
      </dl>
    </Card>
  );
}
