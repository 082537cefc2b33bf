import type { ReactNode } from "react";
import { hasStatus, wordsOf } from "../api/api-error.js";
import { Button } from "./button.js";
import { Icon, type IconName } from "./icons.js";
import styles from "./states.module.css";

export function Loading() {
  return (
    <div className={styles.state} role="status">
      <div className={styles.spinner} />
      <span>Loading…</span>
    </div>
  );
}

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  /** There is nothing else on the page. */
  readonly isPage?: true;
  readonly isBad?: true;
  readonly children?: ReactNode;
}

/** Nothing is there, or something is wrong; the children say what to do about it. */
export function Empty({ icon, title, isPage, isBad, children }: EmptyProps) {
  const Title = isPage ? "h1" : "h2";
  return (
    <div className={styles.state} role={isBad && "alert"}>
      <span className={`${styles.mark} ${isBad ? styles.bad : ""}`}>
        <Icon name={icon} size={20} />
      </span>
      <Title>{title}</Title>
      {children}
    </div>
  );
}

interface FailedProps extends Pick<EmptyProps, "isPage"> {
  readonly error: unknown;
  readonly again?: () => void;
}

/** A server that hides something does not tell whether it is there. */
const REFUSED =
  "You have no right to read it, or it is not there. Ask whoever sets up who may do what on this server for the right.";

export function Failed({ error, again, ...rest }: FailedProps) {
  const title = hasStatus(error, 403)
    ? "You may not see this"
    : hasStatus(error, 404)
      ? "There is no such thing here"
      : hasStatus(error, 401)
        ? "You are not logged in"
        : "This could not be loaded";
  return (
    <Empty {...rest} isBad icon="alert" title={title}>
      <p>{hasStatus(error, 403) ? REFUSED : wordsOf(error).slice(0, 1_000)}</p>
      {again && (
        <Button icon="sync" onClick={again}>
          Try again
        </Button>
      )}
    </Empty>
  );
}
