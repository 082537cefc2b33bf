import { Link } from "@tanstack/react-router";
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
  readonly children?: ReactNode;
}

/** Nothing is there; the children say what to do about it. */
export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className={styles.state}>
      <span className={styles.mark}>
        <Icon name={icon} size={20} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failed({ error, again }: { readonly error: unknown; readonly again?: () => void }) {
  const title = hasStatus(error, 403)
    ? "You may not see this"
    : hasStatus(error, 404)
      ? "There is no such thing here"
      : hasStatus(error, 401)
        ? "You are not logged in"
        : "This could not be loaded";
  return (
    <div className={styles.state} role="alert">
      <span className={`${styles.mark} ${styles.bad}`}>
        <Icon name="alert" size={20} />
      </span>
      <h2>{title}</h2>
      <p>{wordsOf(error).slice(0, 1_000)}</p>
      {again && (
        <Button icon="sync" onClick={again}>
          Try again
        </Button>
      )}
    </div>
  );
}

export function NotFound() {
  return (
    <main className={styles.state}>
      <span className={styles.mark}>
        <Icon name="search" size={20} />
      </span>
      <h1>There is no such page</h1>
      <p>
        The address may be mistyped. <Link to="/">Go to the flags</Link>.
      </p>
    </main>
  );
}
