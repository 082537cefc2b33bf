import type { SettingsLayout } from "@vexil/plugin-api/settings";
import { bundledPackages } from "./bundled-plugins.js";

interface Settings {
  readonly default: SettingsLayout;
}

/**
 * How the settings of bundled plugins are laid out, by package; one that is not installed has none. In the bundle a table
 * of all that there are is in this module's place (`.scripts/bundle.mjs`).
 */
export const SETTINGS: ReadonlyMap<string, SettingsLayout> = new Map(
  (await Promise.all(bundledPackages().map(async (name) => [name, await layoutOf(name)] as const))).flatMap(
    ([name, layout]) => (layout === undefined ? [] : [[name, layout] as const]),
  ),
);

async function layoutOf(name: string): Promise<SettingsLayout | undefined> {
  try {
    return ((await import(`${name}/settings`)) as Settings).default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
