import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import type { ParameterDescription, RouteRequest } from "../route.js";

/** Characters of a commit's message that a caller gives. */
const MESSAGE_LENGTH = 10_000;
/** Halves of surrogate pairs are no text, and git's tools end a message at a NUL. */
const UNFIT = /[^\P{Cc}\n\t]|\p{Cs}/u;
const MESSAGE =
  "The commit's message, instead of the one by the template; trailers are added to it all the same. It may hold no control characters but line breaks and tabs.";
const DRY_RUN = "Check it and show what it would do; nothing is committed.";

const NAMES: ReadonlySet<string> = new Set(["dry_run", "dryRun"]);
/** Unknown names are passed over as ever, but for those by which a trial would be a write. */
const MISSPELT = /^dry[-_ ]?run$/i;

const messageSchema = z.string().max(MESSAGE_LENGTH);

/** Members that the body of every write has beside what it is about. */
export const WISHES: Readonly<Record<"message" | "dryRun", z.ZodType>> = {
  message: messageSchema.describe(`Vexil extension. ${MESSAGE}`),
  dryRun: z.boolean().describe(`Vexil extension. ${DRY_RUN}`),
};

/** The same in the query of a write without a body. */
export const WISHES_QUERY: Readonly<Record<string, ParameterDescription>> = {
  message: { description: `Vexil extension. ${MESSAGE}`, schema: messageSchema },
  dry_run: { description: `Vexil extension. ${DRY_RUN}`, schema: z.enum(["true", "false"]) },
};

/** Wishes of whoever writes. */
export interface WriteWishes {
  /** undefined: the template's. */
  readonly message: string | undefined;
  readonly dryRun: boolean;
}

/**
 * Reads the wishes of a write. A trial is one wherever it is asked for: what somebody only wants to see is never done.
 * @throws VexilError VEXIL_VALIDATION_REQUEST
 */
export function writeWishes({ message: body, query }: RouteRequest): WriteWishes {
  const wrong = [...body.names(), ...query.keys()].find((name) => MISSPELT.test(name) && !NAMES.has(name));
  if (wrong !== undefined) throw misspelt(wrong);
  const inBody = body.optionalBoolean("dryRun");
  const inQuery = [...NAMES].map((name) => asked(name, query.get(name)));
  return {
    message: checkedMessage(body.optionalString("message") ?? query.get("message") ?? ""),
    dryRun: [inBody, ...inQuery].includes(true),
  };
}

function misspelt(name: string): VexilError {
  return new VexilError("VEXIL_VALIDATION_REQUEST", `"${name}" is not known: a trial is asked for by "dryRun": true`);
}

function asked(name: string, value: string | null): boolean | undefined {
  if (value === null) return undefined;
  if (value === "true" || value === "false") return value === "true";
  throw new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `parsing field "${name}": ${JSON.stringify(value)} is neither true nor false`,
  );
}

/** The message as it is committed: without blank lines around it; undefined where nothing is left. */
function checkedMessage(given: string): string | undefined {
  if (given.length > 2 * MESSAGE_LENGTH || [...given].length > MESSAGE_LENGTH) {
    throw new VexilError("VEXIL_VALIDATION_REQUEST", `message: longer than ${MESSAGE_LENGTH} characters`);
  }
  const text = given.replaceAll("\r\n", "\n");
  const at = UNFIT.exec(text);
  if (at !== null) {
    const line = text.slice(0, at.index).split("\n").length;
    const code = (at[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    throw new VexilError(
      "VEXIL_VALIDATION_REQUEST",
      `message: line ${line} has the character U+${code}, which no commit's message may hold`,
    );
  }
  const lines = text.trimEnd().split("\n");
  const first = lines.findIndex((line) => line.trim() !== "");
  return first < 0 ? undefined : lines.slice(first).join("\n");
}
