import { randomUUID } from "node:crypto";
import type { Engine } from "@vexil/engine/model/engine";
import type { Change } from "@vexil/flags/edit/change";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { changingActor } from "../../access/principal.js";
import { ReadableTests } from "../rights/readable-tests.js";
import { param, type RouteRequest } from "../route.js";
import { refuseHalves } from "./refuse-halves.js";
import { TYPE_NAMES, typePrefix } from "./resource-type.js";
import { checkedRevision } from "./revision.js";
import { previewSchema, type ShownPreview, shownPreview } from "./shown-preview.js";
import { writeWishes } from "./write-wishes.js";

/** Members of the answer to a write. */
export const WRITTEN = { revision: z.string(), preview: previewSchema.optional() };

/** The same as values: the head afterwards; that of now, and what would be done, where the caller wants to see that. */
export interface Written {
  readonly revision: string;
  readonly preview?: ShownPreview;
}

/** Hands a change to the engine, as the caller's. */
export async function writeChange(
  engine: Engine,
  request: RouteRequest,
  change: Change,
  revision: string | undefined,
): Promise<Written> {
  const environment = param(request, "environment");
  const { message, dryRun } = writeWishes(request);
  const wanted = {
    id: randomUUID(),
    environment,
    change,
    revision: checkedRevision(revision),
    actor: changingActor(request.principal),
    message,
    ...request.ids,
  };
  try {
    refuseHalves(change);
    if (!dryRun) return await engine.write(wanted);
    const preview = await engine.preview(wanted, request.signal);
    return { revision: preview.revision, preview: await shownPreview(preview, environment, request.rights) };
  } catch (error) {
    throw await new ReadableTests(request.rights).refusal(named(error, change), environment);
  }
}

/** Codes of decisions about a resource itself, whose messages begin with its type. */
const DECISIONS: ReadonlySet<string> = new Set([
  "VEXIL_CONFLICT_REVISION",
  "VEXIL_EXISTS",
  "VEXIL_NOT_FOUND",
  "VEXIL_VALIDATION_REQUEST",
]);
const WITHOUT_TYPE: ReadonlySet<string> = new Set(["key must not be empty"]);

function named(error: unknown, change: Change): unknown {
  if (!VexilError.is(error) || !DECISIONS.has(error.code) || WITHOUT_TYPE.has(error.message)) return error;
  if (error.message.startsWith("environment: ")) return error;
  const type = resourceOf(change);
  if (type === undefined) return error;
  const message = typePrefix(TYPE_NAMES[type]) + error.message;
  return new VexilError(error.code, message, { details: error.details, cause: error });
}

function resourceOf(change: Change): "flag" | "segment" | undefined {
  switch (change.type) {
    case "put-flag":
    case "delete-flag":
      return "flag";
    case "put-segment":
    case "delete-segment":
      return "segment";
    default:
      return undefined;
  }
}
