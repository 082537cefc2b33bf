import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { EnvironmentInfo } from "@vexil/flags/compile/environment";
import { z } from "zod";
import type { Route } from "../route.js";

export const environmentSchema = z.object({
  key: z.string(),
  name: z.string(),
  default: z.boolean(),
  configuration: z.object({
    ref: z.string(),
    directory: z.string().optional(),
    remote: z.string().optional(),
    base: z.string().optional(),
  }),
});

/** Environments, branches included. */
export function environmentRoutes(snapshots: SnapshotReader): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/api/v2/environments",
      summary: "Lists the environments, branches included.",
      access: "token",
      action: "read",
      place: "answer",
      answers: {
        200: {
          description: "All environments that the caller may read of.",
          schema: z.object({ environments: z.array(environmentSchema) }),
        },
      },
      handle: async ({ rights }) => {
        const visible = await rights.visible(snapshots.all());
        return { status: 200, body: { environments: visible.map(({ info }) => shownEnvironment(info)) } };
      },
    },
  ];
}

export function shownEnvironment(info: EnvironmentInfo): z.input<typeof environmentSchema> {
  return {
    key: info.key,
    name: info.key,
    default: info.default,
    configuration: {
      ref: info.branch,
      ...(info.directory === "" ? {} : { directory: info.directory }),
      ...(info.remote === undefined ? {} : { remote: info.remote }),
      ...(info.base === undefined ? {} : { base: info.base }),
    },
  };
}
