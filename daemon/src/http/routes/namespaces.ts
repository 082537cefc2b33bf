import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { NamespaceSnapshot, Snapshot } from "@vexil/flags/compile/snapshot";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { managedEnvironment, requireSight } from "../management/managed-environment.js";
import { managedState } from "../management/managed-state.js";
import { WRITTEN, writeChange } from "../management/write-change.js";
import { WISHES, WISHES_QUERY } from "../management/write-wishes.js";
import { AT_QUERY, namedSchema } from "../past/named-state.js";
import { KEY_SCHEMA, messageSchema, NAME_SCHEMA } from "../request-schemas.js";
import { type Answer, type Place, param, type Route, type RouteRequest } from "../route.js";

const namespaceSchema = z.object({
  key: z.string(),
  name: z.string(),
  description: z.string().optional(),
  protected: z.boolean().optional(),
});
const oneSchema = z.object({ namespace: namespaceSchema, revision: z.string(), ...namedSchema });
const bodySchema = messageSchema(
  { name: NAME_SCHEMA, description: z.string(), protected: z.boolean(), revision: z.string(), ...WISHES },
  { key: KEY_SCHEMA },
);
const PATH = "/api/v2/environments/{environment}/namespaces";

/** Namespaces of an environment. */
export function namespaceRoutes(snapshots: SnapshotReader, engine: Engine): readonly Route[] {
  const put = (mode: "create" | "update") => ({
    path: PATH,
    access: "token" as const,
    action: "write" as const,
    change: mode,
    place: (request: RouteRequest) => placeOf(request, request.message.string("key")),
    body: bodySchema,
    answers: {
      200: {
        description: "The namespace as it was sent.",
        schema: z.object({ namespace: namespaceSchema, ...WRITTEN }),
      },
    },
    handle: (request: RouteRequest) => putNamespace(snapshots, engine, request, mode),
  });
  return [
    {
      method: "GET",
      path: PATH,
      summary: "Lists the namespaces of an environment.",
      access: "token",
      action: "read",
      place: "answer",
      query: AT_QUERY,
      answers: {
        200: {
          description: "All namespaces that the caller may read.",
          schema: z.object({ items: z.array(namespaceSchema), revision: z.string(), ...namedSchema }),
        },
      },
      handle: async (request) => {
        await requireSight(snapshots, request);
        const { snapshot, shown } = await managedState(snapshots, engine, request);
        const { directory } = managedEnvironment(snapshots, request).info;
        const items: ShownNamespace[] = [];
        for (const item of listed(snapshot, directory)) {
          if (await request.rights.may("read", param(request, "environment"), item.key)) items.push(item);
        }
        return { status: 200, body: { items, ...shown } };
      },
    },
    {
      method: "GET",
      path: `${PATH}/{key}`,
      summary: "One namespace.",
      access: "token",
      action: "read",
      place: (request) => placeOf(request, param(request, "key")),
      query: AT_QUERY,
      answers: { 200: { description: "The namespace.", schema: oneSchema } },
      handle: async (request) => {
        const { snapshot, shown } = await managedState(snapshots, engine, request);
        const { directory } = managedEnvironment(snapshots, request).info;
        const key = param(request, "key");
        const namespace = listed(snapshot, directory).find((item) => item.key === key);
        if (namespace === undefined) throw new VexilError("VEXIL_NOT_FOUND", `namespace "${key}" not found`);
        return { status: 200, body: { namespace, ...shown } };
      },
    },
    { ...put("create"), method: "POST", summary: "Creates a namespace." },
    { ...put("update"), method: "PUT", summary: "Changes the name and description of a namespace." },
    {
      method: "DELETE",
      path: `${PATH}/{key}`,
      summary: "Deletes a namespace with all that is in it.",
      access: "token",
      action: "write",
      change: "delete",
      place: (request) => placeOf(request, param(request, "key")),
      pathSchemas: { key: z.string().regex(/^(?!default$)/) },
      query: { revision: "Refuse if the namespace's files have changed since this revision.", ...WISHES_QUERY },
      answers: { 200: { description: "Deleted.", schema: z.object(WRITTEN) } },
      handle: async (request) => {
        managedEnvironment(snapshots, request);
        const change = { type: "delete-namespace", key: param(request, "key") } as const;
        const given = request.query.get("revision") ?? undefined;
        return { status: 200, body: await writeChange(engine, request, change, given) };
      },
    },
  ];
}

const placeOf = (request: RouteRequest, namespace: string): Place => ({
  environment: param(request, "environment"),
  namespace,
});

type ShownNamespace = z.input<typeof namespaceSchema>;

function listed(snapshot: Snapshot, directory: string): readonly ShownNamespace[] {
  const items = [...snapshot.namespaces.values()].map(shownNamespace);
  // A directory without any file is taken for one that does not exist.
  if (snapshot.namespaces.has("default") || (directory !== "" && snapshot.files.size === 0)) return items;
  return [{ key: "default", name: "default", description: "The default namespace", protected: true }, ...items];
}

function shownNamespace({ key, name, description }: NamespaceSnapshot): ShownNamespace {
  return { key, name, description, protected: key === "default" };
}

async function putNamespace(
  snapshots: SnapshotReader,
  engine: Engine,
  request: RouteRequest,
  mode: "create" | "update",
): Promise<Answer> {
  const { message } = request;
  const key = message.string("key");
  const name = message.optionalString("name");
  const description = message.optionalString("description");
  const isProtected = message.optionalBoolean("protected");
  const given = message.optionalString("revision");
  managedEnvironment(snapshots, request);
  const change = { type: "put-namespace", mode, key, name, description } as const;
  const written = await writeChange(engine, request, change, given);
  const namespace: ShownNamespace = {
    key,
    name: name ?? "",
    ...(description === undefined ? {} : { description }),
    ...(isProtected === undefined ? {} : { protected: isProtected }),
  };
  return { status: 200, body: { namespace, ...written } };
}
