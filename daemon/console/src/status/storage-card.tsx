import type { StorageStatus } from "../api/types.js";
import { Ago, relativeWords } from "../ui/ago.js";
import { Badge, type Tone } from "../ui/badge.js";
import { Card } from "../ui/card.js";
import { Fact } from "./fact.js";
import { FaultList } from "./fault-list.js";
import { presentError } from "./present-error.js";
import styles from "./status-page.module.css";
import { SyncButton } from "./sync-button.js";

const TONES: Readonly<Record<StorageStatus["state"], Tone>> = {
  starting: "accent",
  ready: "good",
  stale: "warn",
  failed: "bad",
};

export function StorageCard({ storage }: { readonly storage: StorageStatus }) {
  const { id, backend, state, revision, environments, lastSuccess, nextPoll, stalenessSeconds, leaseHeld } = storage;
  return (
    <Card title={`Storage ${id}`} actions={<SyncButton storage={id} />}>
      <div className="stack">
        <dl className={styles.facts}>
          <Fact name="State">
            <Badge text={state} tone={TONES[state]} />
          </Fact>
          <Fact name="Revision">
            {revision === "" ? "none yet" : <code title={revision}>{revision.slice(0, 12)}</code>}
          </Fact>
          <Fact name="Environments">{environments.join(", ") || "none"}</Fact>
          <Fact name="Backend">{backend}</Fact>
          <Fact name="Last success">{lastSuccess === undefined ? "never" : <Ago time={lastSuccess} />}</Fact>
          {leaseHeld !== undefined && <Fact name="Polled by">{leaseHeld ? "this daemon" : "another daemon"}</Fact>}
          {state !== "ready" && <Fact name="Confirmed">{relativeWords(-stalenessSeconds)}</Fact>}
          {nextPoll !== undefined && (
            <Fact name="Next poll">
              <Ago time={nextPoll} />
            </Fact>
          )}
        </dl>
        <Troubles storage={storage} />
      </div>
    </Card>
  );
}

const MOST_WARNINGS = 50;

type Beyond = NonNullable<StorageStatus["unservedBranches"]>[number];

const beyondWords = ({ environment, limit, count, names }: Beyond): string =>
  `${count} branches of ${environment} are not served, as there are more than ${limit}: ${names.slice(0, 5).join(", ")}`;

/** Everything about a storage that is not in order; the message of an error says what to do. */
function Troubles({ storage }: { readonly storage: StorageStatus }) {
  const { lastError, blocked, quarantined, failingTests = [], uncommitted = [], warnings = [], unread = [] } = storage;
  const isOver = presentError(storage) === undefined;
  const { unservedBranches = [], unservedNamespaces = [] } = storage;
  return (
    <>
      {lastError && (
        <div className={isOver ? styles.over : styles.fault}>
          {isOver && <p className="soft small">The last error; all has gone well since.</p>}
          <p>
            {lastError.message} <span className="soft">(step {lastError.step})</span>
          </p>
          <p className="soft small">
            <code>{lastError.code}</code> · <Ago time={lastError.at} />
          </p>
        </div>
      )}
      {blocked && (
        <div className={styles.fault}>
          <p>{blocked.reason}</p>
          <p className="soft small">
            <code>{blocked.code}</code>
          </p>
        </div>
      )}
      <FaultList
        title={`Files that are left out${unservedNamespaces.length === 0 ? "; what they hold stays as it last was" : ""}`}
        faults={quarantined}
      />
      <FaultList title="Tests that fail" faults={failingTests} />
      <FaultList
        title="Files that are to be read next"
        faults={unread.map((file) => ({ file, reason: "Until then its namespaces stay as they were." }))}
      />
      {[
        ...warnings,
        ...unservedBranches.map(beyondWords),
        ...unservedNamespaces.map(
          ({ environment, namespace, searching }) =>
            `Namespace ${namespace} of ${environment} is not served${searching ? " yet: a state of it without faults is being looked for" : ""}.`,
        ),
      ]
        .slice(0, MOST_WARNINGS)
        .map((warning) => (
          <p key={warning} className={styles.warning}>
            <bdi>{warning}</bdi>
          </p>
        ))}
      {uncommitted.length > 0 && (
        <p>
          Uncommitted edits: <code>{uncommitted.slice(0, 20).join(", ")}</code>
        </p>
      )}
    </>
  );
}
