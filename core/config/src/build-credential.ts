import type { BuildContext } from "./build-context.js";
import type { CredentialConfig } from "./config.js";
import { type PluginSection, settingsOf, settingsPath } from "./flipt-layout.js";
import { CREDENTIAL_LAYOUTS } from "./sections/credentials.js";

/** The credential's plugin and what it gets. */
export async function buildCredential(
  id: string,
  section: PluginSection,
  context: BuildContext,
): Promise<CredentialConfig> {
  const { type } = section;
  const layout = CREDENTIAL_LAYOUTS.get(type);
  const place = `credentials.${id}`;
  const settings = await settingsOf(section, layout, place, context);
  const given = Object.entries(settings).filter(([, value]) => value !== undefined && value !== "");
  return { id, type, settings: Object.fromEntries(given), path: settingsPath(place, layout) };
}
