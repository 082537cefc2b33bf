import type { Config } from "@vexil/config/config";
import { z } from "zod";
import { version } from "../../version.js";
import type { Route } from "../route.js";

const schema = z.object({
  build: z.object({ version: z.string(), updateAvailable: z.boolean(), isRelease: z.boolean() }),
  authentication: z.object({ required: z.boolean() }),
  analytics: z.object({ enabled: z.literal(true).optional() }),
  ui: z.object({
    theme: z.enum(["system", "light", "dark"]),
    topbarColor: z.string().optional(),
    topbarLabel: z.string().optional().meta({ description: "Vexil extension." }),
  }),
  product: z.literal("oss"),
});

/** Routes that describe the running daemon. */
export function metaRoutes(config: () => Pick<Config, "analytics" | "authentication" | "ui">): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/meta/info",
      summary: "Version and features of this server.",
      access: "token",
      action: "none",
      answers: { 200: { description: "What runs here.", schema } },
      handle: () => {
        const { analytics, authentication, ui } = config();
        return {
          status: 200,
          body: {
            build: { version, updateAvailable: false, isRelease: true },
            authentication: { required: authentication.required },
            analytics: analytics === undefined ? {} : { enabled: true },
            ui: {
              theme: ui.defaultTheme,
              ...(ui.topbarColor === "" ? {} : { topbarColor: ui.topbarColor }),
              ...(ui.topbarLabel === "" ? {} : { topbarLabel: ui.topbarLabel }),
            },
            product: "oss",
          } satisfies z.input<typeof schema>,
        };
      },
    },
  ];
}
