import { lazy, Suspense, useEffect, useState } from "react";

const Palette = lazy(async () => ({ default: (await import("./palette.js")).Palette }));
const OPEN = "vexil:palette";

export function openPalette(): void {
  dispatchEvent(new Event(OPEN));
}

/** Opens the palette of commands on Ctrl-K. */
export function PaletteKey() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
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
