import { Button } from "../ui/button.js";
import { Icon } from "../ui/icons.js";
import styles from "./meanwhile.module.css";

interface KeptNoteProps {
  /** Word for the deed that is still to come: `saved`, `asked`. */
  readonly undone?: string;
  readonly onDiscard: () => void;
}

/** Says that a form holds what was typed before it was left, and how to be rid of it. */
export function KeptNote({ undone = "saved", onDiscard }: KeptNoteProps) {
  return (
    <div className={styles.meanwhile} role="status">
      <Icon name="back" />
      <p>What you had typed here before is back. It is not {undone} yet.</p>
      <Button onClick={onDiscard}>Throw it away</Button>
    </div>
  );
}
