import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { IconButton } from "./button.js";
import styles from "./dialog.module.css";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** The title is for those who cannot see alone. */
  readonly bare?: boolean;
  readonly children: ReactNode;
}

const FIELD = "input:enabled, select:enabled, textarea:enabled";

/** Buttons at the end of a dialog. */
export function DialogFoot({ children }: { readonly children: ReactNode }) {
  return <div className={styles.foot}>{children}</div>;
}

/**
 * The browser's own dialog: it keeps the focus, which begins in its first field, and gives it back. There as long as it is
 * rendered.
 */
export function Dialog({ title, onClose, bare = false, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed while it is still on the page: the focus goes back from there alone.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element?.open === false) {
      element.showModal();
      // Left to the browser it would be the button that closes it.
      element.querySelector<HTMLElement>(FIELD)?.focus();
    }
    return () => element?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes it by Escape
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      {bare ? (
        <h2 id={id} className="hidden">
          {title}
        </h2>
      ) : (
        <div className={styles.head}>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </div>
      )}
      <div className={bare ? "" : styles.body}>{children}</div>
    </dialog>
  );
}
