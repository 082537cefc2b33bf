import type { AuthenticationConfig } from "@vexil/config/config";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import type { Principal } from "../../access/principal.js";
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
  method: z.string(),
  createdAt: z.iso.datetime().optional(),
  updatedAt: z.iso.datetime().optional(),
  expiresAt: z.iso.datetime().optional(),
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
      action: "none",
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
      action: "none",
      errors: [501],
      isAvailable: hasMethod,
      answers: { 200: { description: "Name and metadata of the caller.", schema: selfSchema } },
      handle: ({ principal }) => {
        if (principal === undefined) throw noSelf(config());
        return { status: 200, body: authenticationOf(principal, startedAt) };
      },
    },
  ];
}

/** A caller as the API shows it. Who came with a signed token of an issuer has none of the times. */
function authenticationOf(
  { id, method, scheme, createdAt, identity }: Principal,
  startedAt: number,
): z.input<typeof selfSchema> {
  const { metadata, expiresAt } = identity;
  if (scheme === "JWT") return { id, method: "METHOD_JWT", metadata };
  const at = timeText(createdAt ?? startedAt);
  const end = expiresAt === undefined ? {} : { expiresAt: timeText(expiresAt) };
  return { id, method: `METHOD_${method.toUpperCase()}`, ...end, createdAt: at, updatedAt: at, metadata };
}

const timeText = (at: number): string => new Date(at).toISOString();

function isEnabled(config: AuthenticationConfig, method: string): boolean {
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
