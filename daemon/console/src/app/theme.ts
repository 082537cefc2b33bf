import { useSyncExternalStore } from "react";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "vexil.theme";
const listeners = new Set<() => void>();
let fallback: Theme = "system";

/** The theme that was chosen here, else the server's. */
function currentTheme(): Theme {
  const held = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === held) ?? fallback;
}

/** Has the document look like its theme. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = currentTheme();
  for (const listener of listeners) listener();
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  applyTheme();
}

/** Theme for whoever has chosen none. */
export function setDefaultTheme(theme: Theme): void {
  if (theme === fallback) return;
  fallback = theme;
  applyTheme();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentTheme);
}
