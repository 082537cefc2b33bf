import { useSyncExternalStore } from "react";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "vexil.theme";
/** The server's theme as it was last known: pages begin with it, and so does the login, to which no server tells it. */
const SERVER_KEY = "vexil.theme.server";
const listeners = new Set<() => void>();
let fallback = heldTheme(SERVER_KEY) ?? "system";

/** The theme that was chosen here, else the server's. */
function currentTheme(): Theme {
  return heldTheme(KEY) ?? fallback;
}

function heldTheme(key: string): Theme | undefined {
  const held = localStorage.getItem(key);
  return THEMES.find((theme) => theme === held);
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
  localStorage.setItem(SERVER_KEY, theme);
  applyTheme();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentTheme);
}
