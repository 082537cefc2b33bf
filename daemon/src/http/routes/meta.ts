import type { Config } from "@vexil/config/config";
import { z } from "zod";
import { version } from "../../version.js";
import type { Route } from "../route.js";

const schema = z.object({
  build: z.object({ version: z.string(), updateAvailable: z.boolean(), isRelease: z.boolean() }),
  authentication: z.object({ required: z.boolean() }),
  analytics: z.object({ enabled: z.literal(true).optional() }),
  ui: z.object({}),
  product: z.literal("oss"),
});

/** Routes that describe the running daemon. */
export function metaRoutes(config: () => Config): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/meta/info",
      summary: "Version and features of this server.",
      access: "token",
      action: "none",
      answers: { 200: { description: "What runs here.", schema } },
      handle: () => ({
        status: 200,
        body: {
          build: { version, updateAvailable: false, isRelease: true },
          authentication: { required: config().authentication.required },
          analytics: config().analytics === undefined ? {} : { enabled: true },
          ui: {},
          product: "oss",
        } satisfies z.input<typeof schema>,
      }),
    },
  ];
}
