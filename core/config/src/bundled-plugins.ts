import type { SettingsLayout } from "@vexil/plugin-api/settings";
import { distance } from "fastest-levenshtein";

/** The plugins that come with Vexil, by the names that configurations use: the one place in core that names any. */
const BUNDLED = {
  backend: ["memory", "local", "postgres", "redis"],
  auth: ["basic", "access_token", "ssh"],
  authentication: ["token", "jwt", "oidc", "github", "kubernetes", "certificate"],
  authorization: ["roles", "opa"],
  sink: ["file", "webhook", "exec", "export", "otlp"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Type of a storage's backend where none is given. */
export const DEFAULT_BACKEND = "memory";

/** Engine of rights where none is given. */
export const DEFAULT_ENGINE = "roles";

/** Engine of rights that runs policies in the compatible system's language. */
export const POLICY_ENGINE = "opa";

/** Type of the credential that a remote's URL with user and password makes. */
export const URL_CREDENTIAL = "basic";

export type PluginKind = keyof typeof BUNDLED;

interface Settings {
  readonly default: SettingsLayout;
}

/** Known types of a kind; those that are most like `wanted` come first. */
export function bundledTypes(kind: PluginKind, wanted?: string): readonly string[] {
  const types: string[] = [...BUNDLED[kind]];
  return wanted === undefined ? types : types.sort((a, b) => distance(a, wanted) - distance(b, wanted));
}

/** The layouts of the bundled plugins' settings, by type. A plugin that is not installed has none. */
export const LAYOUTS: Readonly<Record<PluginKind, ReadonlyMap<string, SettingsLayout>>> = {
  backend: await layoutsOf("backend"),
  auth: await layoutsOf("auth"),
  authentication: await layoutsOf("authentication"),
  authorization: await layoutsOf("authorization"),
  sink: await layoutsOf("sink"),
};

async function layoutsOf(kind: PluginKind): Promise<ReadonlyMap<string, SettingsLayout>> {
  const types: readonly string[] = BUNDLED[kind];
  const loaded = await Promise.all(types.map(async (type) => [type, await layoutOf(kind, type)] as const));
  return new Map(loaded.flatMap(([type, layout]) => (layout === undefined ? [] : [[type, layout] as const])));
}

async function layoutOf(kind: PluginKind, type: string): Promise<SettingsLayout | undefined> {
  try {
    return ((await import(`@vexil/${kind}-${type.replaceAll("_", "-")}/settings`)) as Settings).default;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
