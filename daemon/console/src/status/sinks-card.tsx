import type { Status } from "../api/types.js";
import { Ago } from "../ui/ago.js";
import { Badge } from "../ui/badge.js";
import { Card } from "../ui/card.js";
import { Fact } from "./fact.js";
import styles from "./status-page.module.css";

type Sink = NonNullable<Status["sinks"]>[number];

/** Sinks, and how far behind each is. */
export function SinksCard({ sinks }: { readonly sinks: readonly Sink[] }) {
  return (
    <Card title="Sinks" count={sinks.length} bare>
      <ul className={styles.sinks}>
        {sinks.map(({ name, type, state, delivered, failed, dropped, lag, lastError }) => (
          <li key={name}>
            <dl className={styles.facts}>
              <Fact name="Sink">
                <bdi>{name}</bdi> <span className="soft">({type})</span>
              </Fact>
              <Fact name="State">
                <Badge text={state} tone={state === "ready" ? "good" : "bad"} />
              </Fact>
              <Fact name="Behind">{behind(lag)}</Fact>
              <Fact name="Delivered">{delivered.toLocaleString("en")}</Fact>
              <Fact name="Failed, put aside">
                {failed.toLocaleString("en")}, {dropped.toLocaleString("en")}
              </Fact>
            </dl>
            {lastError && (
              <div className={styles.fault}>
                <p>
                  <bdi>{lastError.message}</bdi>
                </p>
                <p className="soft small">
                  <code>{lastError.code}</code> · <Ago time={lastError.at} />
                </p>
              </div>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function behind({ commits, seconds }: Sink["lag"]): string {
  if (commits === 0) return "nothing";
  return `${commits.toLocaleString("en")} ${commits === 1 ? "commit" : "commits"}, ${seconds.toLocaleString("en")} s`;
}
