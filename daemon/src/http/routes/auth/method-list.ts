import type { AuthenticationConfig } from "@vexil/config/config";
import { z } from "zod";
import type { Route } from "../../route.js";
import { methodName } from "./shown-authentication.js";

const METHODS = [
  { method: "token", sessionCompatible: false },
  { method: "github", sessionCompatible: true },
  { method: "oidc", sessionCompatible: true },
  { method: "kubernetes", sessionCompatible: false },
  { method: "jwt", sessionCompatible: false },
] as const;
/** Methods that the compatible system does not know are listed where they are enabled. */
const OWN_METHODS = [{ method: "certificate", sessionCompatible: false }] as const;

const schema = z.object({
  methods: z.array(
    z.object({
      method: z.enum([...METHODS, ...OWN_METHODS].map(({ method }) => methodName(method))),
      enabled: z.boolean(),
      sessionCompatible: z.boolean(),
      metadata: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

/** Lists the methods of the compatible system in its order, whether enabled or not; then others that are enabled. */
export function methodListRoute(
  config: () => AuthenticationConfig,
  providers: (method: string) => readonly (string | undefined)[] | undefined,
): Route {
  return {
    method: "GET",
    path: "/auth/v1/method",
    summary: "Lists the methods of authentication.",
    access: "open",
    action: "none",
    answers: { 200: { description: "Every method, whether enabled or not; `METHOD_CERTIFICATE` if enabled.", schema } },
    handle: () => ({
      status: 200,
      body: {
        methods: [...METHODS, ...OWN_METHODS.filter(({ method }) => isEnabled(config(), method))].map(
          ({ method, sessionCompatible }) => ({
            method: methodName(method),
            enabled: isEnabled(config(), method),
            sessionCompatible,
            ...metadataOf(method, providers(method)),
          }),
        ),
      },
    }),
  };
}

export function isEnabled({ methods }: AuthenticationConfig, name: string): boolean {
  return methods.some(({ method }) => method === name);
}

function metadataOf(method: string, providers: readonly (string | undefined)[] = []): object {
  if (method === "github") return { metadata: addresses(method) };
  if (method !== "oidc") return {};
  const named = providers.filter((provider) => provider !== undefined);
  const byName = Object.fromEntries(named.map((provider) => [provider, addresses(`oidc/${provider}`)]));
  return { metadata: { providers: byName } };
}

function addresses(place: string): object {
  const base = `/auth/v1/method/${place}`;
  return { authorize_url: `${base}/authorize`, callback_url: `${base}/callback` };
}
