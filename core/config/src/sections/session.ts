import { boolean, duration, later, list, secretText, text, word } from "@vexil/plugin-api/settings";
import { z } from "zod";
import type { BuildContext } from "../build-context.js";
import type { SessionConfig } from "../config.js";
import { redisConfig, sessionRedis } from "./session-redis.js";

const NOT_STORED = "Sessions are not stored on the server.";

/** `authentication.session`: what logins by a browser leave behind. */
export const session = z
  .object({
    domain: text().optional().describe("Of the cookies; logins by a browser need it."),
    secure: boolean().prefault(false).describe("Cookies go over TLS only; so they do where this server speaks TLS."),
    token_lifetime: duration().prefault("24h").describe("Time after which a session ends."),
    state_lifetime: duration().prefault("10m").describe("Time for which the browser keeps the state of a login."),
    csrf: z
      .object({
        key: secretText()
          .optional()
          .describe(
            "Text of 32 random characters or more that the key of sessions is made of: daemons with the same take each other's. Else one is made.",
          ),
        trusted_origins: list()
          .prefault([])
          .describe("Origins whose pages may change things, as cors.allowed_origins."),
        secure: later("Cookies follow session.secure."),
      })
      .prefault({}),
    storage: z
      .object({
        type: word("memory", "redis").prefault("memory"),
        cleanup: later(NOT_STORED),
        redis: sessionRedis,
      })
      .prefault({})
      .describe("Sessions are kept in the cookie, encrypted. redis: ends of sessions reach other daemons by it."),
  })
  .prefault({});

export function sessionConfig(
  section: z.output<typeof session>,
  context: Pick<BuildContext, "resolvePath">,
): SessionConfig {
  const { domain = "", secure, csrf, storage } = section;
  return {
    domain: domain.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "").replace(/[:/].*$/, ""),
    secure,
    tokenLifeMs: section.token_lifetime,
    stateLifeMs: section.state_lifetime,
    key: csrf.key?.reveal() ? csrf.key : undefined,
    trustedOrigins: csrf.trusted_origins,
    redis: storage.type === "redis" ? redisConfig(storage.redis, context) : undefined,
  };
}
