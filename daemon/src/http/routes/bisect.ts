import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { bisect } from "@vexil/engine/storage/past/bisect";
import { z } from "zod";
import { managedEnvironment } from "../management/managed-environment.js";
import { revisionSchema } from "../past/named-state.js";
import { bisectSchema, shownBisect } from "../past/shown-bisect.js";
import { messageSchema } from "../request-schemas.js";
import { type Answer, param, type Route, type RouteRequest } from "../route.js";

/** Time after which the answer has what was found by then. */
const SEARCH_MS = 45_000;

/** The search for the commit that changed an answer. */
export function bisectRoutes(snapshots: SnapshotReader, engine: Engine): readonly Route[] {
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
        fullHistory: z.boolean().describe("Looks for the commit among those that a merge brought."),
      }),
      answers: { 200: { description: "The changes, newest first.", schema: bisectSchema } },
      handle: (request) => findChanges(snapshots, engine, request),
    },
  ];
}

function namespaceOf({ message }: RouteRequest): string {
  return message.string("namespaceKey") || "default";
}

async function findChanges(snapshots: SnapshotReader, engine: Engine, request: RouteRequest): Promise<Answer> {
  const { message, signal } = request;
  const until = performance.now() + SEARCH_MS;
  const query = {
    namespace: namespaceOf(request),
    flag: message.string("flagKey"),
    entityId: message.string("entityId"),
    context: message.stringMap("context"),
    from: message.string("from") || undefined,
    to: message.string("to") || undefined,
    expect: message.optionalString("expect"),
    all: message.boolean("all"),
    fullHistory: message.boolean("fullHistory"),
  };
  const { info } = managedEnvironment(snapshots, request);
  const found = await bisect(engine.past, { ...query, environment: info.key }, { signal, until });
  return { status: 200, body: shownBisect(found) };
}
