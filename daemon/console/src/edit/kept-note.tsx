import { Button } from "../ui/button.js";
import { Icon } from "../ui/icons.js";
import styles from "./meanwhile.module.css";

/** Says that a form holds what was typed before the page was left, and how to be rid of it. */
export function KeptNote({ onDiscard }: { readonly onDiscard: () => void }) {
  return (
    <div className={styles.meanwhile} role="status">
      <Icon name="back" />
      <p>What you had typed here before is back. It is not saved yet.</p>
      <Button onClick={onDiscard}>Throw it away</Button>
    </div>
  );
}
