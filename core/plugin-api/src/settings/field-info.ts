import { z } from "zod";

/**
 * Facts that the loader needs to know of a schema besides its rules.
 * @example { accepts: "text", secret: true }
 */
export interface FieldInfo {
  /** Never shown. */
  readonly secret?: boolean;
  /** Accepted and ignored: the reason, for the warning. */
  readonly later?: string;
  /** The accepted values, for messages: `true or false`. */
  readonly accepts?: string;
  /** A file or directory, seen from the working directory. */
  readonly path?: boolean;
  /** The setting that this file holds the value of. */
  readonly secretOf?: string;
  /** The way back from a decoded value to one that decodes to it, where decoding it once more would change it. */
  readonly written?: (decoded: unknown) => unknown;
}

/** Notes about schemas that do not belong into the published JSON Schema. */
export const fieldInfo = z.registry<FieldInfo>();
