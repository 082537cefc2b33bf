import { boolean, text } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { configError } from "../config-error.js";
import type { UiConfig } from "../ui-config.js";

const THEMES = ["system", "light", "dark"] as const;
const COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

/** The web console. */
export const ui = z
  .object({
    enabled: boolean().prefault(true).describe("Serve the web console at /."),
    default_theme: text().prefault("system").describe("system, light or dark: for whoever has chosen none."),
    topbar: z
      .object({
        color: text().prefault("").describe("Color of the bar at the top, such as #7c3aed: to tell daemons apart."),
        label: text().prefault("").describe("Words in that bar."),
      })
      .prefault({}),
  })
  .prefault({});

/** @throws VexilError VEXIL_VALIDATION_CONFIG */
export function uiConfig({ enabled, default_theme: theme, topbar }: z.output<typeof ui>): UiConfig {
  const known = THEMES.find((one) => one === theme);
  if (known === undefined) {
    throw configError(`ui: default_theme: "${theme}" is neither system, light nor dark`, undefined, [
      "ui",
      "default_theme",
    ]);
  }
  if (topbar.color !== "" && !COLOR.test(topbar.color)) {
    throw configError(`ui: topbar.color: "${topbar.color}" is no hex color; write it as #7c3aed`, undefined, [
      "ui",
      "topbar",
      "color",
    ]);
  }
  return { enabled, defaultTheme: known, topbarColor: topbar.color, topbarLabel: topbar.label };
}
