import { boolean, later } from "@vexil/plugin-api/settings";
import { z } from "zod";
import { LAYOUTS } from "../bundled-layouts.js";
import { bundledTypes } from "../bundled-plugins.js";
import { configError } from "../config-error.js";
import { isMap } from "../config-tree.js";
import { faultOf } from "../flipt-layout.js";
import { session } from "./session.js";
import { checkSessionRedis } from "./session-redis.js";

const NOT_YET = "This method is not supported yet and lets nobody in.";

/** A method as it stands in the configuration: `enabled`, and beside it the plugin's settings. */
export interface MethodSection {
  readonly enabled?: boolean | undefined;
  readonly [key: string]: unknown;
}

/** The section of a method. Of one that is not supported only `enabled` is read. */
function method(name: string): z.ZodOptional<z.ZodType<MethodSection>> {
  const layout = LAYOUTS.authentication.get(name);
  const enabled = boolean().prefault(false);
  const section: z.ZodType<MethodSection> =
    layout === undefined
      ? z.looseObject({ enabled }).describe(`Accepted for compatibility. ${NOT_YET}`)
      : z.object({ enabled, ...z.object(layout.schema.shape).partial().shape });
  return section.optional();
}

/** Methods of the compatible system. */
export const METHODS = ["token", "oidc", "github", "kubernetes", "jwt"] as const;

const isKnown = (name: string): boolean => METHODS.some((known) => known === name);

/** Bundled methods that it does not have. */
const OTHERS = Object.fromEntries(
  bundledTypes("authentication").flatMap((name) => (isKnown(name) ? [] : [[name, method(name)] as const])),
);

const ONLY_PUBLISHED = "Only evaluation and ofrep can be excluded.";

export const authentication = z
  .object({
    required: boolean().prefault(false).describe("Every API route wants a token."),
    exclude: z
      .object({
        evaluation: boolean().prefault(false),
        ofrep: boolean().prefault(false),
        management: later(ONLY_PUBLISHED),
        metadata: later(ONLY_PUBLISHED),
      })
      .prefault({})
      .describe("Routes that stay open."),
    session: session.describe("Logins by a browser."),
    methods: z
      .object({
        token: method("token"),
        oidc: method("oidc"),
        github: method("github"),
        kubernetes: method("kubernetes"),
        jwt: method("jwt"),
        ...OTHERS,
      })
      .catchall(z.looseObject({ enabled: boolean().prefault(false) }))
      .prefault({})
      .describe("How callers authenticate. Other keys name plugins."),
  })
  .prefault({});

export type AuthenticationSection = z.output<typeof authentication>;

/** Enabled methods that a plugin brings, a bundled or another one, as they stand in the configuration. */
export function pluginMethods({ methods }: AuthenticationSection): readonly (readonly [string, MethodSection])[] {
  return Object.entries(methods as Readonly<Record<string, unknown>>).flatMap(([name, section]) => {
    if (!isMap(section) || (isKnown(name) && !LAYOUTS.authentication.has(name))) return [];
    return boolean().safeParse(section.enabled ?? false).data === true ? [[name, section] as const] : [];
  });
}

/** Rules for the methods that are enabled, and for the sessions they need. @throws VexilError VEXIL_VALIDATION_CONFIG */
export function checkAuthentication(section: AuthenticationSection, hasClientCertificates: boolean): void {
  const { methods } = section;
  const enabled = METHODS.filter((name) => methods[name]?.enabled === true);
  if ((enabled.includes("oidc") || enabled.includes("github")) && !section.session.domain) {
    throw configError(
      "authentication: session_domain non-empty value is required; set authentication.session.domain",
      undefined,
      ["authentication", "session", "domain"],
    );
  }
  for (const key of ["token_lifetime", "state_lifetime"] as const) {
    if (section.session[key] > 0) continue;
    throw configError(`authentication: session.${key} must be more than 0`, undefined, [
      "authentication",
      "session",
      key,
    ]);
  }
  if (section.session.storage.type === "redis") checkSessionRedis(section.session.storage.redis);
  if (enabled.includes("kubernetes") && enabled.includes("jwt")) {
    throw configError("authentication: kubernetes and jwt methods cannot both be enabled");
  }
  for (const [name, own] of pluginMethods(section)) {
    const layout = LAYOUTS.authentication.get(name);
    if (layout?.clientCertificates === true && !hasClientCertificates) {
      throw configError(`authentication: methods.${name} needs server.client_ca_file`);
    }
    const fault = layout && faultOf({ ...own, type: name }, layout);
    if (fault === undefined) continue;
    throw configError(fault.message, undefined, ["authentication", "methods", name, ...fault.path]);
  }
}
