import type { BranchRequest, Engine } from "@vexil/engine/model/engine";
import type { ServedEnvironment, SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { changingActor } from "../../access/principal.js";
import { generatedBranchName } from "../management/branch-name.js";
import { managedEnvironment, requireSight } from "../management/managed-environment.js";
import { messageSchema } from "../request-schemas.js";
import { param, type Route, type RouteRequest } from "../route.js";
import { environmentSchema, shownEnvironment } from "./environments.js";

const branchSchema = z.object({ environmentKey: z.string(), key: z.string(), ref: z.string() });
const PATH = "/api/v2/environments/{environment}/branches";
const KEY = /^[-_,A-Za-z0-9]+$/;
/** A branch is a file with `.lock` beside it in many repositories: file systems take 255 bytes for a name. */
const KEY_LENGTH = 200;

/** Branches of an environment, each an environment of its own. */
export function branchRoutes(snapshots: SnapshotReader, engine: Engine): readonly Route[] {
  const unimplemented = (call: string): Pick<Route, "access" | "answers" | "errors" | "isAvailable" | "handle"> => ({
    access: "token",
    isAvailable: () => false,
    answers: {},
    errors: [501],
    handle: (request) => {
      knownBranch(snapshots, request);
      throw new VexilError("VEXIL_REFUSED_UNIMPLEMENTED", `${call} not implemented in non-commercial version`);
    },
  });
  return [
    {
      method: "GET",
      path: PATH,
      summary: "Lists the branches of an environment.",
      access: "token",
      action: "read",
      place: "answer",
      answers: { 200: { description: "All branches.", schema: z.object({ branches: z.array(branchSchema) }) } },
      handle: async (request) => {
        await requireSight(snapshots, request);
        const branches = await request.rights.visible(branchesOf(snapshots, request));
        return { status: 200, body: { branches: branches.map(({ info }) => shownBranch(info)) } };
      },
    },
    {
      method: "POST",
      path: PATH,
      summary: "Branches an environment.",
      access: "token",
      action: "branch",
      change: "create",
      body: messageSchema({ key: z.string().regex(/^([ \t\r\n]*|[-_,A-Za-z0-9]{1,200})$/) }),
      answers: { 200: { description: "The new environment.", schema: environmentSchema } },
      handle: async (request) => {
        const given = request.message.string("key");
        const base = managedEnvironment(snapshots, request).info.key;
        const key = given.trim() === "" ? generatedBranchName() : given;
        await refuseTaken(snapshots, request, key);
        if (key.length > KEY_LENGTH) {
          throw new VexilError("VEXIL_VALIDATION_REQUEST", `key: longer than ${KEY_LENGTH} characters`);
        }
        if (!KEY.test(key)) {
          throw new VexilError(
            "VEXIL_VALIDATION_REQUEST",
            `key: invalid value ${JSON.stringify(key)} (out of bound =~"${KEY.source}")`,
          );
        }
        await request.rights.requireBranch(base, key);
        return { status: 200, body: shownEnvironment(await engine.createBranch(branchRequest(request, base, key))) };
      },
    },
    {
      method: "DELETE",
      path: `${PATH}/{key}`,
      summary: "Deletes a branch and its environment.",
      access: "token",
      action: "branch",
      change: "delete",
      answers: { 200: { description: "Deleted, or never there.", schema: z.object({}) } },
      handle: async (request) => {
        const base = managedEnvironment(snapshots, request).info.key;
        await engine.deleteBranch(branchRequest(request, base, param(request, "key")));
        return { status: 200, body: {} };
      },
    },
    {
      ...unimplemented("ListBranchedChanges"),
      method: "GET",
      path: `${PATH}/{key}/changes`,
      action: "read",
      summary: "Changes of a branch: needs a source-control integration, which there is none of.",
    },
    {
      ...unimplemented("Propose"),
      method: "POST",
      path: `${PATH}/{key}`,
      action: "branch",
      summary: "Proposes a branch: needs a source-control integration, which there is none of.",
    },
  ];
}

function branchRequest({ principal, ids }: RouteRequest, base: string, key: string): BranchRequest {
  return { base, key, actor: changingActor(principal), ...ids };
}

function branchesOf(snapshots: SnapshotReader, request: RouteRequest): readonly ServedEnvironment[] {
  const base = managedEnvironment(snapshots, request).info.key;
  return snapshots.all().filter(({ info }) => info.base === base);
}

function shownBranch(info: EnvironmentInfo): z.input<typeof branchSchema> {
  return { environmentKey: info.base ?? "", key: info.key, ref: info.branch };
}

/**
 * A key that differs from another one's by case alone would be taken for it. That there is such an environment is told
 * to whoever may know: it sees something of it, or branches what it was made from.
 */
async function refuseTaken(snapshots: SnapshotReader, { rights }: RouteRequest, key: string): Promise<void> {
  const wanted = key.trim().toLowerCase();
  const taken = snapshots.all().find(({ info }) => info.key.trim().toLowerCase() === wanted);
  if (taken === undefined) return;
  const { key: known } = taken.info;
  if (!(await rights.sees(taken)) && !(await rights.may("branch", known, undefined, "create"))) {
    rights.refuse("branch", key);
  }
  throw new VexilError("VEXIL_EXISTS", `environment: "${key}"`);
}

function knownBranch(snapshots: SnapshotReader, request: RouteRequest): void {
  const key = param(request, "key");
  if (branchesOf(snapshots, request).some(({ info }) => info.key === key)) return;
  throw new VexilError("VEXIL_NOT_FOUND", `environment: "${key}" not found`);
}
