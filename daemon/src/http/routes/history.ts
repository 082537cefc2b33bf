import type { Engine } from "@vexil/engine/model/engine";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { managedEnvironment } from "../management/managed-environment.js";
import { type ResourceType, resourceType, unreadableType, unwritableType } from "../management/resource-type.js";
import { historySchema, shownHistory } from "../management/shown-history.js";
import { WRITTEN, writeChange } from "../management/write-change.js";
import { WISHES } from "../management/write-wishes.js";
import { messageSchema } from "../request-schemas.js";
import type { Answer, Route, RouteRequest } from "../route.js";

const ENVIRONMENT = "/api/v2/environments/{environment}";
const NAMESPACE = `${ENVIRONMENT}/namespaces/{namespace}`;
const RESOURCE = `${NAMESPACE}/resources/{type}/{key}`;
/** A commit's id, or how it begins: as few digits as git takes. */
const COMMIT = /^[0-9a-f]{4,40}$/i;
const LIMIT = 20;
const LIMIT_MOST = 200;

/** Routes for what changed, and for the way back. */
export function historyRoutes(snapshots: SnapshotReader, engine: Engine): readonly Route[] {
  const history = (path: string, what: string): Route => ({
    method: "GET",
    path: `${path}/history`,
    summary: `Commits that changed ${what}, newest first.`,
    access: "token",
    action: "read",
    query: {
      limit: {
        description: `Commits on one page: ${LIMIT}, at most ${LIMIT_MOST}.`,
        schema: z.string().regex(/^[0-9]{0,9}$/),
      },
      pageToken: {
        description: "`nextPageToken` of the page before.",
        schema: z.string().regex(/^([0-9a-f]{40})?$/),
      },
    },
    answers: { 200: { description: "A page of commits.", schema: historySchema } },
    handle: (request) => readHistory(snapshots, engine, request),
  });
  const rollback = (path: string, what: string): Route => ({
    method: "POST",
    path: `${path}/rollback`,
    summary: `Puts ${what} back to what it was at a revision: a commit, a tag, main~1, or a time.`,
    access: "token",
    action: "rollback",
    body: messageSchema({ revision: z.string(), ...WISHES }, { to: z.string().regex(/[!-~]/) }),
    answers: {
      200: { description: "The head, a new commit if anything changed.", schema: z.object(WRITTEN) },
    },
    handle: (request) => rollBack(snapshots, engine, request),
  });
  return [
    history(ENVIRONMENT, "an environment"),
    history(NAMESPACE, "a namespace"),
    history(RESOURCE, "a flag or segment"),
    rollback(ENVIRONMENT, "all features files of an environment"),
    rollback(NAMESPACE, "a namespace"),
    rollback(RESOURCE, "a flag or segment"),
  ];
}

interface Target {
  readonly namespace?: string;
  readonly resource?: { readonly type: ResourceType; readonly key: string };
}

function targetOf(request: RouteRequest, unknownType: (name: string) => VexilError): Target {
  const { namespace, type: name, key } = request.params;
  if (namespace === undefined) return {};
  if (name === undefined || key === undefined) return { namespace };
  const type = resourceType(name);
  if (type === undefined) throw unknownType(name);
  return { namespace, resource: { type, key } };
}

async function readHistory(snapshots: SnapshotReader, engine: Engine, request: RouteRequest): Promise<Answer> {
  const { info } = managedEnvironment(snapshots, request);
  const target = targetOf(request, unreadableType);
  const [limit, pageToken] = [limitOf(request), pageTokenOf(request)];
  const page = await engine.history({ environment: info.key, ...target, limit, pageToken });
  return { status: 200, body: shownHistory(info.key, target.namespace, page) };
}

function limitOf(request: RouteRequest): number {
  const text = request.query.get("limit") ?? "";
  if (text === "" || text === "0") return LIMIT;
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), LIMIT_MOST);
  throw new VexilError(
    "VEXIL_VALIDATION_REQUEST",
    `parsing field "limit": ${JSON.stringify(text)} is not a number of commits`,
  );
}

function pageTokenOf(request: RouteRequest): string | undefined {
  const token = request.query.get("pageToken") ?? request.query.get("page_token") ?? "";
  if (token === "") return undefined;
  if (/^[0-9a-f]{40}$/.test(token)) return token;
  throw new VexilError("VEXIL_VALIDATION_REQUEST", `pageToken is not valid: "${token}"`);
}

async function rollBack(snapshots: SnapshotReader, engine: Engine, request: RouteRequest): Promise<Answer> {
  const { message } = request;
  const to = message.string("to").trim();
  const given = message.optionalString("revision");
  const { info } = managedEnvironment(snapshots, request);
  const target = targetOf(request, unwritableType);
  if (to === "") throw new VexilError("VEXIL_VALIDATION_REQUEST", "to must not be empty");
  const commit = COMMIT.test(to) ? to.toLowerCase() : await namedCommit(engine, info.key, to, request.signal);
  const change = { type: "rollback", ...target, to: commit } as const;
  return { status: 200, body: await writeChange(engine, request, change, given) };
}

const UNKNOWN: ReadonlySet<string> = new Set(["VEXIL_NOT_FOUND", "VEXIL_VALIDATION_REQUEST"]);

/** The commit that a tag, `main~1` or a time names. @throws VexilError VEXIL_NOT_FOUND for whatever names none */
async function namedCommit(engine: Engine, environment: string, to: string, signal: AbortSignal): Promise<string> {
  try {
    return (await engine.past.resolve(environment, to, signal)).revision;
  } catch (error) {
    if (!VexilError.is(error) || !UNKNOWN.has(error.code) || error.details.candidates !== undefined) throw error;
    throw new VexilError("VEXIL_NOT_FOUND", `revision "${to}" not found`, { cause: error });
  }
}
