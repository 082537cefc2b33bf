import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { hourNamed } from "../../usage/usage-files.js";
import type { UsageKeeper } from "../../usage/usage-keeper.js";
import { parseRows, type UsageRow } from "../../usage/usage-rows.js";
import { param, type Route, type RouteRequest } from "../route.js";
import { requireUsage } from "./analytics.js";

/** An hour of the largest installation stays below. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
const NAME = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3])\.[0-9a-f]{16}$/;
/** Letters of an environment's, namespace's or flag's name, a value and a reason. */
const LONGEST_TEXT = 512;

/** Counts that an edge reports. */
export function usageReportRoute(
  usage: Pick<UsageKeeper, "receive" | "isCounting"> | undefined,
  snapshots: Pick<SnapshotReader, "get" | "all">,
): Route {
  return {
    method: "PUT",
    path: "/api/v2/usage/{hour}",
    summary: "Vexil extension. Takes what an edge has counted in an hour, as a whole: told again it counts once.",
    access: "token",
    action: "report",
    // In each environment that is counted.
    place: "answer",
    pathSchemas: {
      hour: z.string().regex(NAME).describe("The hour (UTC) and who counted: `2026-11-30T11.0123456789abcdef`."),
    },
    rawBody: true,
    bodyLimit: BODY_LIMIT_BYTES,
    errors: [400, 501],
    answers: { 200: { description: "Kept, or too old to count.", schema: z.object({ counted: z.boolean() }) } },
    handle: async (request) => {
      await requireAny(snapshots, request);
      const keeper = requireUsage(usage);
      const hour = param(request, "hour");
      if (!NAME.test(hour) || hourNamed(hour) === undefined) throw refused("hour: it is no hour with an id");
      const rows = (await readable(request)).filter(
        ({ place: [environment] }) => snapshots.get(environment) !== undefined,
      );
      for (const environment of new Set(rows.map(({ place }) => place[0]))) {
        await request.rights.require("report", environment);
      }
      try {
        return { status: 200, body: { counted: await keeper.receive(hour, rows) } };
      } catch (error) {
        throw new VexilError("VEXIL_UNAVAILABLE_ANALYTICS", "counts cannot be kept now; try again", { cause: error });
      }
    },
  };
}

/** Refuses whoever may report nothing, before anything is read. */
async function requireAny(snapshots: Pick<SnapshotReader, "all">, { rights }: RouteRequest): Promise<void> {
  if (await rights.may("report")) return;
  for (const { info } of snapshots.all()) if (await rights.may("report", info.key)) return;
  rights.refuse("report");
}

async function readable({ bytes }: RouteRequest): Promise<readonly UsageRow[]> {
  let rows: readonly UsageRow[];
  try {
    rows = bytes.byteLength === 0 ? [] : await parseRows(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    throw refused(`the body holds no counts: ${(error as Error).message}`);
  }
  const isLong = (text: string): boolean => text.length > LONGEST_TEXT;
  const long = rows.find(
    ({ place, answers }) => place.some(isLong) || answers.some(([value, reason]) => isLong(value) || isLong(reason)),
  );
  if (long !== undefined) throw refused(`a name is longer than ${LONGEST_TEXT} letters`);
  return rows;
}

function refused(message: string): VexilError {
  return new VexilError("VEXIL_VALIDATION_REQUEST", message);
}
