import styles from "./status-page.module.css";

interface Fault {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly namespace?: string;
  readonly reason: string;
}

const MOST = 100;

/** Faults with file, line and column as editors take them. */
export function FaultList({ title, faults }: { readonly title: string; readonly faults: readonly Fault[] }) {
  if (faults.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className={styles.faults}>
        {faults.slice(0, MOST).map((fault) => (
          <li key={`${placeOf(fault)} ${fault.namespace} ${fault.reason}`}>
            <code>
              <bdi>{placeOf(fault)}</bdi>
            </code>
            {fault.namespace !== undefined && fault.namespace !== "" && (
              <span className="soft small"> namespace {fault.namespace}</span>
            )}
            <p>
              <bdi>{fault.reason}</bdi>
            </p>
          </li>
        ))}
      </ul>
      {faults.length > MOST && <p className="soft">and {faults.length - MOST} more</p>}
    </>
  );
}

/** `file:line:column`, as editors take it. */
export function placeOf({ file, line, column }: Pick<Fault, "file" | "line" | "column">): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}
