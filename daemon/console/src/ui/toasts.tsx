import { createContext, type ReactNode, useCallback, useContext, useState } from "react";
import { Button, IconButton } from "./button.js";
import styles from "./toasts.module.css";

/** A word at the edge of the page, with one thing that can be done about it. */
export interface Toast {
  readonly text: string;
  readonly bad?: boolean;
  readonly action?: { readonly label: string; readonly run: () => void };
}

const STAYS_MS = 10_000;
const MOST = 4;

const ToastContext = createContext<(toast: Toast) => void>(() => undefined);

/** @returns a function that shows a word for ten seconds */
export function useToast(): (toast: Toast) => void {
  return useContext(ToastContext);
}

let count = 0;

export function Toasts({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly (Toast & { readonly id: number })[]>([]);
  const drop = useCallback((id: number) => setShown((all) => all.filter((one) => one.id !== id)), []);
  const show = useCallback(
    (toast: Toast) => {
      count += 1;
      const id = count;
      setShown((all) => [...all, { ...toast, id }].slice(-MOST));
      setTimeout(() => drop(id), STAYS_MS);
    },
    [drop],
  );
  return (
    <ToastContext value={show}>
      {children}
      <section className={styles.toasts} aria-label="Messages" aria-live="polite">
        {shown.map(({ id, text, bad, action }) => (
          <div key={id} className={`${styles.toast} ${bad ? styles.bad : ""}`}>
            <p>{text}</p>
            {action && (
              <Button
                look="quiet"
                onClick={() => {
                  drop(id);
                  action.run();
                }}
              >
                {action.label}
              </Button>
            )}
            <IconButton icon="close" label="Dismiss" onClick={() => drop(id)} />
          </div>
        ))}
      </section>
    </ToastContext>
  );
}
