import type { SinkFilterConfig } from "@vexil/config/config";
import { EVENT_FIELDS, EVENT_KINDS, filterFault } from "@vexil/config/sections/sink-filter";
import { parseRevision } from "@vexil/engine/storage/past/revision-expression";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { revisionSchema } from "../past/named-state.js";
import type { ParameterDescription, RouteRequest } from "../route.js";

/** Which events a request asks for. */
export interface EventQuery {
  readonly filter: SinkFilterConfig;
  /** `now`, `beginning`, or a revision. */
  readonly from: string;
  /** Position after which it goes on; counts before `from`. */
  readonly cursor: string | undefined;
  /** Goes on with what happens; else it ends when all that was is told. */
  readonly follow: boolean;
  /** `heads`: which commit each environment is served at, and no events. */
  readonly tell: "events" | "heads";
}

/** Letters of namespaces, and stars, as filters take them. */
const NAMESPACES = /^(?!$)[-_,A-Za-z0-9]*(?:\*[-_,A-Za-z0-9]*){0,8}$/;
const CURSOR = /^(?:AQ[\w-]{20,})?$/;
/** An id of a stream of events, or none. */
export const cursorSchema: z.ZodType = z.string().regex(CURSOR);

const names = (description: string, schema: z.ZodType = z.string().min(1).max(256)): ParameterDescription => ({
  description: `${description} May be given several times; \`*\` stands for any text.`,
  schema,
});

/** Parameters as they are described. */
export const EVENT_QUERY: Readonly<Record<string, ParameterDescription>> = {
  environment: names("Only these environments."),
  namespace: names("Only these namespaces.", z.string().regex(NAMESPACES)),
  kind: {
    description: "Only these kinds, or changes of these types. May be given several times.",
    schema: z.enum(EVENT_KINDS),
  },
  field: {
    description: "Of changes only those in which one of these members differs. May be given several times.",
    schema: z.enum(EVENT_FIELDS),
  },
  from: {
    description:
      "Where to begin: `now` (so it is where this is absent), `beginning`, or a revision, whose later events are told. A time before the first commit counts as `beginning`.",
    schema: revisionSchema,
  },
  after: {
    description: "An `id` of such a stream: it goes on after that event. `Last-Event-ID` counts before it.",
    schema: cursorSchema,
  },
  tell: {
    description:
      "`heads`: instead of events, the commit that each environment is served at, at once and whenever it is another.",
    schema: z.enum(["events", "heads"]),
  },
  follow: { description: "`false`: end when all that has happened is told.", schema: z.enum(["true", "false"]) },
};

/** @throws VexilError VEXIL_VALIDATION_REQUEST */
export function readEventQuery({ query, headers }: Pick<RouteRequest, "query" | "headers">): EventQuery {
  const all = (name: string): readonly string[] | undefined => {
    const given = query.getAll(name);
    return given.length === 0 ? undefined : given;
  };
  const filter = {
    environments: all("environment"),
    namespaces: all("namespace"),
    kinds: all("kind"),
    fields: all("field"),
  };
  // As a sink's filter has them. Passed over, they would have everything told.
  const plural = Object.keys(filter).find((name) => query.has(name));
  if (plural !== undefined) {
    throw refused(`${plural}: write ${plural.slice(0, -1)}=…, as often as there are ${plural}`);
  }
  const fault = filterFault(filter);
  if (fault !== undefined) throw refused(`${fault[0].slice(0, -1)}: ${fault[1]}`);
  const follow = query.get("follow") ?? "";
  if (!["", "true", "false"].includes(follow)) throw refused("follow must be true or false");
  const tell = query.get("tell") || "events";
  if (tell !== "events" && tell !== "heads") throw refused("tell must be events or heads");
  const from = query.get("from") || "now";
  // What does not count is looked at as well: a mistake in it shows later else.
  if (from !== "now" && from !== "beginning") parseRevision(from);
  const after = query.get("after") ?? "";
  if (!CURSOR.test(after)) throw refused("after must be the id of an event of such a stream");
  const last = headers["last-event-id"];
  const cursor = (typeof last === "string" ? last : "") || after || undefined;
  return { filter, from, cursor, follow: follow !== "false", tell };
}

function refused(message: string): VexilError {
  return new VexilError("VEXIL_VALIDATION_REQUEST", message);
}
