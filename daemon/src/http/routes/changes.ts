import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { z } from "zod";
import {
  CHANGE_KINDS,
  changedPlaces,
  changesRequest,
  MOST_CHANGES,
  NAMESPACE_TYPE,
} from "../management/changes-request.js";
import { managedEnvironment } from "../management/managed-environment.js";
import { flagRequestSchema, namespaceRequestSchema, segmentRequestSchema } from "../management/request-payloads.js";
import { RESOURCE_TYPES } from "../management/resource-type.js";
import { WRITTEN, writeChange } from "../management/write-change.js";
import { WISHES } from "../management/write-wishes.js";
import { enumerationSchema, KEY_SCHEMA, messageSchema } from "../request-schemas.js";
import { param, type Route } from "../route.js";

/** Bytes of a request: two thousand large flags. */
const BODY_BYTES = 16 * 1024 * 1024;

const [PUT, CREATE, UPDATE, DELETE] = CHANGE_KINDS;
const put = { change: enumerationSchema([PUT, CREATE, UPDATE]) };
const gone = { change: z.literal(DELETE) };
const item = { namespaceKey: KEY_SCHEMA, key: KEY_SCHEMA };
const changeSchema = z
  .union([
    messageSchema(put, { ...item, payload: z.union([flagRequestSchema, segmentRequestSchema]) }),
    messageSchema(put, { key: KEY_SCHEMA, payload: namespaceRequestSchema }),
    z.object({ ...gone, ...item, type: z.enum(Object.keys(RESOURCE_TYPES)) }),
    z.object({ ...gone, key: z.string().regex(/^(?!default$)/), type: z.literal(NAMESPACE_TYPE) }),
  ])
  .describe("`put`, the default, makes what is not there and replaces what is.");
const bodySchema = messageSchema(
  { revision: z.string(), ...WISHES },
  { changes: z.array(changeSchema).min(1).max(MOST_CHANGES) },
);

/** Several changes of an environment as one commit. */
export function changesRoute(snapshots: SnapshotReader, engine: Engine): Route {
  return {
    method: "POST",
    path: "/api/v2/environments/{environment}/changes",
    summary:
      "Makes several changes of namespaces, flags and segments as one commit, in their order; all of them or none.",
    access: "token",
    action: "write",
    place: (request) => changedPlaces(request.message, param(request, "environment")),
    body: bodySchema,
    bodyLimit: BODY_BYTES,
    answers: {
      200: {
        description: "The head: a new commit, unless everything is already as it is to be.",
        schema: z.object(WRITTEN),
      },
    },
    handle: async (request) => {
      const changes = changesRequest(request.message);
      const given = request.message.optionalString("revision");
      managedEnvironment(snapshots, request);
      return { status: 200, body: await writeChange(engine, request, { type: "several", changes }, given) };
    },
  };
}
