import type { AuthenticationConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { unauthenticatedError } from "../error-response.js";
import type { Route } from "../route.js";

const METHODS = [
  { method: "METHOD_TOKEN", sessionCompatible: false },
  {
    method: "METHOD_GITHUB",
    sessionCompatible: true,
    metadata: {
      authorize_url: "/auth/v1/method/github/authorize",
      callback_url: "/auth/v1/method/github/callback",
    },
  },
  { method: "METHOD_OIDC", sessionCompatible: true, metadata: { providers: {} } },
  { method: "METHOD_KUBERNETES", sessionCompatible: false },
  { method: "METHOD_JWT", sessionCompatible: false },
] as const;

const methodsSchema = z.object({
  methods: z.array(
    z.object({
      method: z.enum(METHODS.map(({ method }) => method)),
      enabled: z.boolean(),
      sessionCompatible: z.boolean(),
      metadata: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
});

const selfSchema = z.object({
  id: z.string(),
  method: z.literal("METHOD_TOKEN"),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  metadata: z.record(z.string(), z.string()),
});

/** How clients authenticate, and as whom (`http-api.md` §8). */
export function authRoutes(config: () => AuthenticationConfig, startedAt: number): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/auth/v1/method",
      summary: "Lists the methods of authentication.",
      access: "open",
      answers: { 200: { description: "Every method, whether enabled or not.", schema: methodsSchema } },
      handle: () => ({
        status: 200,
        body: { methods: METHODS.map((entry) => ({ enabled: isEnabled(config(), entry.method), ...entry })) },
      }),
    },
    {
      method: "GET",
      path: "/auth/v1/self",
      summary: "Tells whom the request's credential stands for.",
      access: "token",
      errors: [501],
      isAvailable: hasMethod,
      answers: { 200: { description: "The token's name and metadata.", schema: selfSchema } },
      handle: ({ principal }) => {
        if (principal === undefined) throw noSelf(config());
        const at = new Date(startedAt).toISOString();
        const body = {
          id: principal.id,
          method: "METHOD_TOKEN",
          createdAt: at,
          updatedAt: at,
          metadata: principal.metadata,
        };
        return { status: 200, body };
      },
    },
  ];
}

function isEnabled(config: AuthenticationConfig, method: string): boolean {
  if (method === "METHOD_TOKEN") return config.token.enabled;
  const name = method.replace("METHOD_", "").toLowerCase();
  return config.methods.some((entry) => entry.method === name);
}

function hasMethod(config: AuthenticationConfig): boolean {
  return config.required || METHODS.some(({ method }) => isEnabled(config, method));
}

/** Without required authentication nobody is anybody, and with no method at all the service is not there. */
function noSelf(config: AuthenticationConfig): VexilError {
  if (hasMethod(config)) return unauthenticatedError();
  return new VexilError("VEXIL_REFUSED_UNIMPLEMENTED", "service flipt.auth.AuthenticationService not implemented");
}
