import { lazy, Suspense, useEffect, useState } from "react";

const Palette = lazy(async () => ({ default: (await import("./palette.js")).Palette }));
const OPEN = "vexil:palette";

export function openPalette(): void {
  dispatchEvent(new Event(OPEN));
}

/** Opens the palette of commands on Ctrl-K; `/` goes to the search of a page, or opens it too where there is none. */
export function PaletteKey() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "/" && !isTyping(event)) {
        event.preventDefault();
        const search = document.querySelector<HTMLInputElement>("main input[type=search]");
        if (search) search.focus();
        else setOpen(true);
      }
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setOpen((before) => !before);
    };
    const onOpen = (): void => setOpen(true);
    addEventListener("keydown", onKey);
    addEventListener(OPEN, onOpen);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener(OPEN, onOpen);
    };
  }, []);
  return open ? (
    <Suspense>
      <Palette onClose={() => setOpen(false)} />
    </Suspense>
  ) : null;
}

/** Also where a dialog is open, or with a key that makes another one of it. */
function isTyping({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  const isField = target instanceof Element && target.closest("input, textarea, select, dialog") !== null;
  return isField || ctrlKey || metaKey || altKey;
}
