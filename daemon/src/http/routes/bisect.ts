import type { ServerLimits } from "@vexil/config/config";
import type { AnswerChange } from "@vexil/engine/model/bisect";
import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { bisect } from "@vexil/engine/storage/past/bisect";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { managedEnvironment } from "../management/managed-environment.js";
import type { Message } from "../message.js";
import { ChangeRoom } from "../past/change-room.js";
import { revisionSchema } from "../past/named-state.js";
import { bisectSchema, shownBisect } from "../past/shown-bisect.js";
import { messageSchema } from "../request-schemas.js";
import { type Answer, param, type Route, type RouteRequest } from "../route.js";

/** Time after which the answer has what was found by then. */
const SEARCH_MS = 45_000;
/** Changes in one answer. */
const MOST_CHANGES = 200;
/** Commits that searches before have looked at. */
const MOST_SKIPPED = 1_000_000;

export interface BisectOptions {
  readonly snapshots: SnapshotReader;
  readonly engine: Engine;
  readonly limits: () => Pick<ServerLimits, "answerBytes">;
}

/** The search for the commit that changed an answer. */
export function bisectRoutes(options: BisectOptions): readonly Route[] {
  return [
    {
      method: "POST",
      path: "/api/v2/environments/{environment}/bisect",
      summary: "Finds the commit that changed what a flag gives an entity.",
      access: "token",
      action: "read",
      place: (request) => ({ environment: param(request, "environment"), namespace: namespaceOf(request) }),
      body: messageSchema({
        namespaceKey: z.string(),
        flagKey: z.string(),
        entityId: z.string(),
        context: z.record(z.string(), z.string().nullable()),
        from: revisionSchema.describe("The oldest state to look at; absent: the beginning of the history."),
        to: revisionSchema.describe("Where to begin; absent: what is served."),
        expect: z.string().describe("A value (`true`, a variant's key) that the answer became, or ceased to be."),
        all: z.boolean().describe("Every change, not only the latest."),
        unchanged: z.boolean().describe("Commits, too, that change the flag or its segments and not the answer."),
        fullHistory: z.boolean().describe("Looks for the commit among those that a merge brought."),
        skip: countSchema(MOST_SKIPPED).describe("What `skip` of the answer before says, with its `next` as `to`."),
        explain: z.boolean().describe("False: without how the answers came about."),
        limit: countSchema(MOST_CHANGES).describe("Changes in one answer: `next` is where others follow."),
        timeoutMillis: countSchema(SEARCH_MS).describe("Time after which the answer has what was found by then."),
      }),
      answers: { 200: { description: "The changes, newest first.", schema: bisectSchema } },
      handle: (request) => findChanges(options, request),
    },
  ];
}

function namespaceOf({ message }: RouteRequest): string {
  return message.string("namespaceKey") || "default";
}

/** A number from 1 on, or one in quotes; 0 is what is not set. */
function countSchema(most: number): z.ZodType {
  return z.int().min(0).max(most);
}

async function findChanges({ snapshots, engine, limits }: BisectOptions, request: RouteRequest): Promise<Answer> {
  const { message, signal } = request;
  const until = performance.now() + countOf(message, "timeoutMillis", SEARCH_MS);
  const room = new ChangeRoom(countOf(message, "limit", MOST_CHANGES), limits().answerBytes);
  const query = {
    namespace: namespaceOf(request),
    flag: message.string("flagKey"),
    entityId: message.string("entityId"),
    context: message.stringMap("context"),
    from: message.string("from") || undefined,
    to: message.string("to") || undefined,
    expect: message.optionalString("expect"),
    all: message.boolean("all"),
    unchanged: message.boolean("unchanged"),
    fullHistory: message.boolean("fullHistory"),
    skip: message.number("skip") === 0 ? 0 : countOf(message, "skip", MOST_SKIPPED),
  };
  const explain = message.optionalBoolean("explain") ?? true;
  const isEnough = (change: AnswerChange): boolean => room.isFullWith(change);
  const { info } = managedEnvironment(snapshots, request);
  const options = { signal, until, explain, isEnough };
  const found = await bisect(engine.past, { ...query, environment: info.key }, options);
  // Nowhere at all: that nothing changed would hide a misspelt name. Where the search began further back it may be gone.
  if (!found.known && found.next === undefined && query.to === undefined) {
    throw new VexilError("VEXIL_NOT_FOUND", `flag "${query.namespace}/${query.flag}" not found, now or before`);
  }
  const changes = found.changes.map((change) => room.fitted(change));
  return { status: 200, body: await shownBisect(engine, info.key, { ...found, changes }) };
}

function countOf(message: Message, name: string, most: number): number {
  const count = message.number(name);
  if (count === 0) return most;
  if (Number.isInteger(count) && count > 0 && count <= most) return count;
  throw new VexilError("VEXIL_VALIDATION_REQUEST", `${name} must be a whole number from 1 to ${most}, not ${count}`);
}
