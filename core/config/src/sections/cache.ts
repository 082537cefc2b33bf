import { boolean, path, size } from "@vexil/plugin-api/settings";
import { z } from "zod";
import type { BuildContext } from "../build-context.js";
import type { CacheConfig } from "../cache-config.js";

/** `cache`: what files were parsed to, kept for the next start. */
export const cache = z
  .object({
    enabled: boolean().optional().describe("Start faster by what is kept; by default where a backend is durable."),
    path: path()
      .optional()
      .describe("Directory for it (else below the state directory); it may be removed at any time."),
    size: size().prefault("256MB").describe("Bytes of it at most."),
  })
  .prefault({});

export function cacheConfig(
  { enabled, path: directory, size: bytes }: z.output<typeof cache>,
  { resolvePath }: Pick<BuildContext, "resolvePath">,
): CacheConfig {
  return { enabled, path: directory === undefined ? undefined : resolvePath(directory), bytes };
}
