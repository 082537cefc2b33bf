import { isFeaturesPath } from "@vexil/flags/read/feature-paths";
import { boolean, text, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { LAYOUTS } from "../bundled-layouts.js";
import { bundledTypes, DEFAULT_ENGINE, POLICY_ENGINE } from "../bundled-plugins.js";
import type { PolicyPlace } from "../config.js";
import { configError } from "../config-error.js";
import { isMap } from "../config-tree.js";
import { faultOf, keysOf } from "../flipt-layout.js";
import { type AuthenticationSection, METHODS } from "./authentication.js";

const layouts = [...LAYOUTS.authorization.values()];

export const authorization = z
  .object({
    required: boolean().prefault(false).describe("Nobody may do what no right allows. Needs authentication.required."),
    default: word("deny").prefault("deny").describe("deny: what nothing allows is refused. The only value."),
    backend: text()
      .prefault(DEFAULT_ENGINE)
      .describe(
        `Engine that decides: ${bundledTypes("authorization").join(", ")}, or the name or specifier of a plugin.`,
      ),
    ...(Object.assign({}, ...layouts.map(keysOf)) as Readonly<Record<string, z.ZodType>>),
    settings: z.looseObject({}).optional().describe("Settings of an engine that is none of these."),
    storage: text().optional().describe("Storage whose repository has further settings of the engine, in a file."),
    path: text().optional().describe("That file, in the branch of the storage. Default: policies.yaml."),
    local: z
      .looseObject({})
      .optional()
      .describe("Policies in Rego, which Vexil does not run: with `required` they stop the start."),
  })
  .prefault({});

export type AuthorizationSection = z.output<typeof authorization>;

/** The engine's settings as they stand in its section. */
export function engineSection(section: AuthorizationSection): {
  readonly type: string;
  readonly [key: string]: unknown;
} {
  const { backend: type } = section;
  return LAYOUTS.authorization.has(type) ? { ...section, type } : { ...section.settings, type };
}

/** Where the repository's policies lie; undefined where none are asked for. */
export function policyPlace({ required, storage, path }: AuthorizationSection): PolicyPlace | undefined {
  return required && storage ? { storage: storage.toLowerCase(), path: path || "policies.yaml" } : undefined;
}

/** Rules for the engine of rights, and for what it needs. @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkAuthorization(
  section: AuthorizationSection,
  { methods }: AuthenticationSection,
  storages: readonly string[],
): void {
  if (!section.required) return;
  checkPolicyPlace(section, storages);
  const { backend, local } = section;
  if (backend === "local" || local?.policy !== undefined) {
    throw configError(
      `authorization: ${backend === "local" ? "backend: local" : "local.policy"}: Vexil runs no Rego by itself; give authorization.roles and authorization.bindings instead, or let an OPA server run the policies (authorization.backend: ${POLICY_ENGINE}, plugin @vexil/authorization-${POLICY_ENGINE})`,
      undefined,
      ["authorization", ...(backend === "local" ? ["backend"] : ["local"])],
    );
  }
  const layout = LAYOUTS.authorization.get(backend);
  const fault = layout && faultOf(engineSection(section), layout);
  if (fault !== undefined) {
    const path = ["authorization", ...fault.path];
    throw configError(`${path.join(".")}: ${fault.message}`, undefined, path);
  }
  if (backend !== DEFAULT_ENGINE) return;
  checkMatched(section, "method", [...METHODS, ...bundledTypes("authentication"), ...Object.keys(methods)]);
  // Of a plugin from elsewhere nobody knows what it calls its providers.
  if (Object.keys(methods).some((name) => !LAYOUTS.authentication.has(name))) return;
  checkMatched(section, "provider", providersOf(methods));
}

function checkPolicyPlace(section: AuthorizationSection, storages: readonly string[]): void {
  const place = policyPlace(section);
  if (place === undefined) {
    if (!section.path) return;
    throw configError("authorization.storage non-empty value is required, which authorization.path lies in");
  }
  const fail = (key: string, reason: string): Error =>
    configError(`authorization.${key}: ${reason}`, undefined, ["authorization", key]);
  if (!storages.includes(place.storage)) {
    throw fail("storage", `"${section.storage}" is no storage (storages: ${storages.join(", ")})`);
  }
  const parts = place.path.split("/");
  if (parts.some((part) => part === "" || part === "." || part === "..")) {
    throw fail("path", `"${place.path}" is no path within the repository`);
  }
  // Whoever may write flags writes those files.
  if (isFeaturesPath(place.path)) throw fail("path", `"${place.path}" is a file of flags`);
}

function providersOf(methods: AuthenticationSection["methods"]): readonly string[] {
  return Object.values(methods).flatMap((section) => {
    const providers: unknown = section?.providers;
    return isMap(providers) ? Object.keys(providers) : [];
  });
}

/** Methods and providers that there are not would match nobody, and nobody would know why. */
function checkMatched(section: AuthorizationSection, what: "method" | "provider", known: readonly string[]): void {
  const { bindings } = section as Readonly<Record<string, unknown>>;
  for (const [index, binding] of (Array.isArray(bindings) ? bindings : []).entries()) {
    const given: unknown = isMap(binding) && isMap(binding.match) ? binding.match[what] : undefined;
    // Names of providers are keys, which ignore case.
    const wanted = what === "provider" ? String(given).toLowerCase() : String(given);
    if (given === undefined || known.includes(wanted)) continue;
    const path = `authorization.bindings.${index}.match.${what}`;
    const choice = known.length === 0 ? "there is none" : `one of ${[...new Set(known)].join(", ")}`;
    throw configError(`${path}: unknown ${what} "${String(given)}" (${choice})`);
  }
}
