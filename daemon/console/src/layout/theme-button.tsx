import { IconButton } from "../ui/button.js";
import { chooseTheme, THEMES, useTheme } from "../ui/theme.js";

const ICONS = { system: "monitor", light: "sun", dark: "moon" } as const;

/** Goes through the themes. */
export function ThemeButton() {
  const theme = useTheme();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  return (
    <IconButton icon={ICONS[theme]} label={`Theme: ${theme}. Change to ${next}`} onClick={() => chooseTheme(next)} />
  );
}
