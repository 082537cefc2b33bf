import { lazy, Suspense, useEffect, useState } from "react";

const Palette = lazy(async () => ({ default: (await import("./palette.js")).Palette }));
const OPEN = "vexil:palette";

export function openPalette(): void {
  dispatchEvent(new Event(OPEN));
}

/** Opens the palette of commands on Ctrl-K; `/` goes to the search of a page, or opens it too where there is none. */
export function PaletteKey() {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // Who types at once means the palette, also before it has come over a slow line.
      if (open && event.key.length === 1 && !isTyping(event)) {
        event.preventDefault();
        setText((before) => before + event.key);
        return;
      }
      if (event.key === "/" && !isTyping(event)) {
        event.preventDefault();
        const search = document.querySelector<HTMLInputElement>("main input[type=search]");
        if (search) search.focus();
        else begin();
      }
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (open) setOpen(false);
      else begin();
    };
    const begin = (): void => {
      setText("");
      setOpen(true);
    };
    addEventListener("keydown", onKey);
    addEventListener(OPEN, begin);
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener(OPEN, begin);
    };
  }, [open]);
  return open ? (
    <Suspense>
      <Palette text={text} onText={setText} onClose={() => setOpen(false)} />
    </Suspense>
  ) : null;
}

/** Also where a dialog is open, or with a key that makes another one of it. */
function isTyping({ target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  const isField = target instanceof Element && target.closest("input, textarea, select, dialog") !== null;
  return isField || ctrlKey || metaKey || altKey;
}
