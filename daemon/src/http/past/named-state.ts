import type { NamedRevision, PastReader } from "@vexil/engine/model/past";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { z } from "zod";
import type { ParameterDescription } from "../route.js";

/** A revision in a request: names of other letters, and times of other forms, are taken as well. */
export const revisionSchema: z.ZodType = z.union([
  z.string().regex(/^(?:[0-9A-Za-z_]+(?:[-/.][0-9A-Za-z_]+)*)?(?:[~^][0-9]{0,2}){0,3}$/),
  z.iso.datetime(),
]);

/** Query parameter that names the state to be shown. */
export const AT_QUERY: Readonly<Record<"at", ParameterDescription>> = {
  at: {
    description:
      "Vexil extension. The state at a revision: a commit's id or how it begins, a tag, a branch, `main~3`, or a time (RFC 3339).",
    schema: revisionSchema,
  },
};

/** Members of an answer that say which past state it is of. */
export const namedSchema = {
  /** Commit that the answer is of, where the request names one. */
  at: z
    .object({
      kind: z.enum(["revision", "served", "commit-time"]),
      time: z.iso.datetime().optional(),
      daemon: z.string().optional(),
    })
    .optional()
    .describe("Vexil extension. How the revision was found; there where the request has `at`."),
};

/** The same for answers that otherwise have no revision. */
export const pastSchema = { revision: z.string().optional(), ...namedSchema };

/** A past state and how it was found. */
export interface NamedState extends NamedRevision {
  readonly snapshot: Snapshot;
}

/** The state of an environment that an expression names. */
export async function namedState(
  past: PastReader,
  environment: string,
  expression: string,
  signal: AbortSignal,
): Promise<NamedState> {
  const named = await past.resolve(environment, expression, signal);
  return { ...named, snapshot: await past.snapshot(environment, named.revision, signal) };
}
