import { useEffect } from "react";

/** Says in the title of the window what is shown. */
export function useTitle(words: string): void {
  useEffect(() => {
    document.title = `${words.slice(0, 200)} · Vexil`;
  }, [words]);
}
