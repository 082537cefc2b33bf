import { z } from "zod";
import { parseDuration } from "./duration.js";
import { Secret } from "./secret.js";

/**
 * zod 4, so that a plugin can write its schema without a dependency of its own. Any other library that follows Standard
 * Schema will do as well.
 * @example schema: z.strictObject({ table: z.string().default("flags"), timeout: duration().default(5_000) })
 */
export { z } from "zod";

/**
 * A duration in Go's syntax (`30s`, `1m30s`; a bare number is nanoseconds), read as milliseconds. What is none is an issue
 * at its own path.
 * @example timeout: duration().default(5_000) // in the configuration: timeout: 1m30s
 */
export function duration(): z.ZodType<number> {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const result = parseDuration(value);
    if (typeof result === "string") {
      context.addIssue({ code: "custom", message: result });
      return z.NEVER;
    }
    return result;
  });
}

/**
 * A text that must not be seen, read as a {@link Secret}. The host may hand over a Secret that refreshes itself
 * (`${secret:…}` in the configuration). Its value is blanked out in whatever the plugin throws.
 * @example schema: z.strictObject({ token: secret() }) // then: settings.token.reveal()
 */
export function secret(): z.ZodType<Secret> {
  return z.union([
    z.custom<Secret>((value) => Secret.is(value)),
    z.string().transform((value) => new Secret(value)),
  ]) as unknown as z.ZodType<Secret>;
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/**
 * A size such as `512MB`, `16MiB` or a number of bytes, read as bytes. What is none is an issue at its own path.
 * @example max_size: bytes().default(16 * 2 ** 20)
 */
export function bytes(): z.ZodType<number> {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(String(value));
    const unit = match === null ? undefined : UNITS[(match[2] ?? "").toUpperCase()];
    if (match === null || unit === undefined) {
      context.addIssue({ code: "custom", message: `not a size: "${value}" (write it like 512MB or 16MiB)` });
      return z.NEVER;
    }
    return Math.round(Number(match[1]) * unit);
  });
}
