import { API_VERSION, type Plugin } from "@vexil/plugin-api";
import { describe, type PluginIdentity, pluginError } from "./plugin-error.js";
import type { PluginKind } from "./resolve-plugin.js";

/** Events that one call of a sink may take. */
const MOST_EVENTS = 1_000;

const NAME = /^[a-z][a-z0-9-]*$/;

/** Place of the configuration that names a plugin of a kind. */
const NAMED_BY: Readonly<Record<PluginKind, string>> = {
  backend: "a storage's backend.type",
  auth: "a credential's type",
  authentication: "a key of authentication.methods",
  authorization: "authorization.backend",
  sink: "a sink's type",
};

/**
 * Checks what a module's default export is.
 * @param kind what the configuration needs; undefined: either will do
 * @throws VexilError VEXIL_PLUGIN_CHECK naming the first fault
 */
export function checkPlugin(exported: unknown, kind: PluginKind | undefined, identity: PluginIdentity): Plugin {
  const fail = (reason: string, advice?: string): never => {
    throw pluginError("check", identity, reason, advice === undefined ? {} : { advice });
  };
  if (exported === undefined) {
    fail(
      "the module has no default export",
      "write `export default defineBackend({ … })` (or another of the define functions)",
    );
  }
  if (typeof exported !== "object" || exported === null) {
    return fail(`the default export is ${describe(exported)} and no plugin`);
  }
  const plugin = exported as Partial<Record<keyof Plugin | "capabilities", unknown>>;
  if (plugin.apiVersion !== API_VERSION) {
    const newer = typeof plugin.apiVersion === "number" && plugin.apiVersion > API_VERSION;
    const version = plugin.apiVersion === undefined ? "no API version" : `API version ${String(plugin.apiVersion)}`;
    fail(
      `it is built for ${version}, this Vexil speaks API version ${API_VERSION}`,
      newer ? "upgrade Vexil, or install an older version of the plugin" : "install a newer version of the plugin",
    );
  }
  if (!Object.hasOwn(NAMED_BY, String(plugin.kind))) {
    const kinds = Object.keys(NAMED_BY).map((known) => `"${known}"`);
    fail(`its kind is ${describe(plugin.kind)}, none of ${kinds.join(", ")}`);
  }
  if (kind !== undefined && plugin.kind !== kind) {
    fail(
      `it is of kind "${String(plugin.kind)}", and ${NAMED_BY[kind]} needs one of kind "${kind}"`,
      "name another plugin there",
    );
  }
  if (typeof plugin.name !== "string" || !NAME.test(plugin.name)) {
    fail(`its name is ${describe(plugin.name)}`, "a name is [a-z][a-z0-9-]*");
  }
  const standard = (plugin.schema as { "~standard"?: { version?: unknown; validate?: unknown } } | undefined)?.[
    "~standard"
  ];
  if (standard?.version !== 1 || typeof standard.validate !== "function") {
    fail("its schema is no Standard Schema (version 1)", "zod 4 schemas fit as they are");
  }
  if (typeof plugin.create !== "function") fail(`its create is ${describe(plugin.create)} and no function`);
  const { createSigner } = plugin as { createSigner?: unknown };
  if (createSigner !== undefined && typeof createSigner !== "function") {
    fail(`its createSigner is ${describe(createSigner)} and no function`);
  }
  if (plugin.kind === "backend") {
    const capabilities = plugin.capabilities as { durable?: unknown; shared?: unknown } | undefined;
    if (typeof capabilities?.durable !== "boolean" || typeof capabilities.shared !== "boolean") {
      fail("its capabilities lack `durable` or `shared`", "both are true or false");
    }
  }
  if (plugin.kind === "sink") {
    const { batch, snapshots } = (plugin.capabilities ?? {}) as { batch?: unknown; snapshots?: unknown };
    if (snapshots !== undefined && typeof snapshots !== "boolean") {
      fail(`its capability \`snapshots\` is ${describe(snapshots)}`, "it is true or false");
    }
    const fewest = snapshots === true ? 0 : 1;
    const isBatch = Number.isInteger(batch) && (batch as number) >= fewest && (batch as number) <= MOST_EVENTS;
    if (!isBatch) fail("its capabilities lack `batch`", `it is a whole number from 1 to ${MOST_EVENTS}`);
  }
  return exported as Plugin;
}
