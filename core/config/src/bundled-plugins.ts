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

/** Known types of a kind; those that are most like `wanted` come first. */
export function bundledTypes(kind: PluginKind, wanted?: string): readonly string[] {
  const types: string[] = [...BUNDLED[kind]];
  return wanted === undefined ? types : types.sort((a, b) => distance(a, wanted) - distance(b, wanted));
}

/** Name of the package of a bundled plugin. */
export function packageOf(kind: PluginKind, type: string): string {
  return `@vexil/${kind}-${type.replaceAll("_", "-")}`;
}

/** Names of the packages of all bundled plugins. */
export function bundledPackages(): readonly string[] {
  const kinds = Object.keys(BUNDLED) as PluginKind[];
  return kinds.flatMap((kind) => BUNDLED[kind].map((type) => packageOf(kind, type)));
}
