import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { z } from "zod";
import { managedEnvironment } from "../management/managed-environment.js";
import { param, type Route } from "../route.js";

const schema = z.object({
  write: z.object({ create: z.boolean(), update: z.boolean(), delete: z.boolean() }),
  branch: z.object({ create: z.boolean(), delete: z.boolean() }).describe("Of the environment."),
});

/** For pages, which offer only what can be done. Each change is judged again when it is asked for. */
export function rightsRoute(snapshots: SnapshotReader): Route {
  return {
    method: "GET",
    path: "/api/v2/environments/{environment}/namespaces/{namespace}/rights",
    summary: "Tells what the caller may change in a namespace, and whether its environment may be branched.",
    access: "token",
    action: "read",
    answers: { 200: { description: "True: it may.", schema } },
    handle: async (request) => {
      const { rights } = request;
      const { key } = managedEnvironment(snapshots, request).info;
      const namespace = param(request, "namespace");
      const body: z.input<typeof schema> = {
        write: {
          create: await rights.may("write", key, namespace, "create"),
          update: await rights.may("write", key, namespace, "update"),
          delete: await rights.may("write", key, namespace, "delete"),
        },
        branch: {
          create: await rights.may("branch", key, undefined, "create"),
          delete: await rights.may("branch", key, undefined, "delete"),
        },
      };
      return { status: 200, body };
    },
  };
}
