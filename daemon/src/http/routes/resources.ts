import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { Snapshot } from "@vexil/flags/compile/snapshot";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { managedEnvironment, managedSnapshot } from "../management/managed-environment.js";
import { managedState } from "../management/managed-state.js";
import { flagRequestSchema, segmentRequestSchema } from "../management/request-payloads.js";
import { resourceRequest } from "../management/resource-request.js";
import {
  type ResourceType,
  resourceType,
  typePrefix,
  unreadableType,
  unwritableType,
} from "../management/resource-type.js";
import { checkedRevision } from "../management/revision.js";
import { flagPayloadSchema, shownFlag } from "../management/shown-flag.js";
import { segmentPayloadSchema, shownSegment } from "../management/shown-segment.js";
import { WRITTEN, writeChange } from "../management/write-change.js";
import { WISHES, WISHES_QUERY } from "../management/write-wishes.js";
import { AT_QUERY, namedSchema } from "../past/named-state.js";
import { KEY_SCHEMA, keyOf, messageSchema } from "../request-schemas.js";
import { type Answer, param, type Route, type RouteRequest } from "../route.js";

const resourceSchema = z.object({
  namespaceKey: z.string(),
  key: z.string(),
  payload: z.union([flagPayloadSchema, segmentPayloadSchema]),
});
const oneSchema = z.object({ resource: resourceSchema, revision: z.string(), ...namedSchema });
const bodySchema = messageSchema(
  { revision: z.string(), ...WISHES },
  { key: KEY_SCHEMA, payload: z.union([flagRequestSchema, segmentRequestSchema]) },
);
const PATH = "/api/v2/environments/{environment}/namespaces/{namespace}/resources";

/** Flags and segments of a namespace. */
export function resourceRoutes(snapshots: SnapshotReader, engine: Engine): readonly Route[] {
  const put = (mode: "create" | "update") => ({
    path: PATH,
    access: "token" as const,
    action: "write" as const,
    change: mode,
    body: bodySchema,
    answers: {
      200: { description: "The resource as it was sent.", schema: z.object({ resource: resourceSchema, ...WRITTEN }) },
    },
    handle: (request: RouteRequest) => putResource(snapshots, engine, request, mode),
  });
  return [
    {
      method: "GET",
      path: `${PATH}/{type}`,
      summary: "Lists the flags or segments of a namespace.",
      access: "token",
      action: "read",
      query: AT_QUERY,
      answers: {
        200: {
          description: "All of them, in file order.",
          schema: z.object({ resources: z.array(resourceSchema), revision: z.string(), ...namedSchema }),
        },
      },
      handle: async (request) => {
        const { snapshot, shown } = await managedState(snapshots, engine, request);
        const resources = shownResources(snapshot, request);
        return { status: 200, body: { resources: [...resources.values()], ...shown } };
      },
    },
    {
      method: "GET",
      path: `${PATH}/{type}/{key}`,
      summary: "One flag or segment.",
      access: "token",
      action: "read",
      query: AT_QUERY,
      answers: { 200: { description: "The resource.", schema: oneSchema } },
      handle: async (request) => {
        const { snapshot, shown } = await managedState(snapshots, engine, request);
        const key = param(request, "key");
        const resource = shownResources(snapshot, request).get(key);
        if (resource === undefined) {
          const what = `${readableType(request)} ${param(request, "namespace")}/${key}`;
          throw new VexilError("VEXIL_NOT_FOUND", `getting ${what}: ${what} not found`);
        }
        return { status: 200, body: { resource, ...shown } };
      },
    },
    { ...put("create"), method: "POST", summary: "Creates a flag or segment." },
    { ...put("update"), method: "PUT", summary: "Replaces a flag or segment." },
    {
      method: "DELETE",
      path: `${PATH}/{type}/{key}`,
      summary: "Deletes a flag or segment.",
      access: "token",
      action: "write",
      change: "delete",
      pathSchemas: { key: keyOf("key-of-what-no-flag-uses") },
      query: { revision: "Refuse if the resource's file has changed since this revision.", ...WISHES_QUERY },
      answers: { 200: { description: "Deleted.", schema: z.object(WRITTEN) } },
      handle: async (request) => {
        managedEnvironment(snapshots, request);
        const name = param(request, "type");
        const type = resourceType(name);
        if (type === undefined) {
          throw unwritable(snapshots, request, name, request.query.get("revision") ?? undefined);
        }
        const change = {
          type: type === "flag" ? "delete-flag" : "delete-segment",
          namespace: param(request, "namespace"),
          key: param(request, "key"),
        } as const;
        const given = request.query.get("revision") ?? undefined;
        return { status: 200, body: await writeChange(engine, request, change, given) };
      },
    },
  ];
}

type ShownResource = z.input<typeof resourceSchema>;

function readableType(request: RouteRequest): ResourceType {
  const name = param(request, "type");
  const type = resourceType(name);
  if (type === undefined) throw unreadableType(name);
  return type;
}

/** A namespace's resources of the path's type by key; none for an unknown namespace. */
function shownResources(snapshot: Snapshot, request: RouteRequest): ReadonlyMap<string, ShownResource> {
  const type = readableType(request);
  const namespaceKey = param(request, "namespace");
  const items = snapshot.namespaces.get(namespaceKey)?.items;
  const shown = new Map<string, ShownResource>();
  if (type === "flag") {
    for (const [key, { flag }] of items?.flags ?? []) shown.set(key, { namespaceKey, key, payload: shownFlag(flag) });
  } else {
    for (const [key, { segment }] of items?.segments ?? []) {
      shown.set(key, { namespaceKey, key, payload: shownSegment(segment) });
    }
  }
  return shown;
}

async function putResource(
  snapshots: SnapshotReader,
  engine: Engine,
  request: RouteRequest,
  mode: "create" | "update",
): Promise<Answer> {
  const given = request.message.optionalString("revision");
  const asked = { message: request.message, namespace: param(request, "namespace"), mode };
  const { change, typeUrl, typeName, payload } = resourceRequest(asked, (name) =>
    unwritable(snapshots, request, name, given),
  );
  managedEnvironment(snapshots, request);
  try {
    const written = await writeChange(engine, request, change, given);
    const resource = { namespaceKey: change.namespace, key: change.key, payload };
    return { status: 200, body: { resource, ...written } };
  } catch (error) {
    throw withTypeUrl(error, typeName, typeUrl);
  }
}

/** The revision is looked at before the type is; what is no resource is in no file. */
function unwritable(
  snapshots: SnapshotReader,
  request: RouteRequest,
  name: string,
  given: string | undefined,
): VexilError {
  const head = managedSnapshot(snapshots, request).revision;
  const revision = checkedRevision(given);
  if (revision === undefined || revision === head) return unwritableType(name);
  return new VexilError(
    "VEXIL_CONFLICT_REVISION",
    `${typePrefix(name)}expected head revision "${revision}" has changed (now "${head}")`,
  );
}

/** Where a message names the resource by its type, it is the `@type` as it was given. */
function withTypeUrl(error: unknown, typeName: string, typeUrl: string): unknown {
  if (!VexilError.is(error) || typeUrl === typeName) return error;
  const message = error.message.replace(` resource "${typeName}/`, ` resource "${typeUrl}/`);
  return message === error.message
    ? error
    : new VexilError(error.code, message, { details: error.details, cause: error });
}
