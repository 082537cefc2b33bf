import type { PastReader } from "@vexil/engine/model/past";
import type { SnapshotReader } from "@vexil/engine/model/snapshot-reader";
import type { NamespaceSnapshot } from "@vexil/flags/compile/snapshot";
import type { CompiledFlag } from "@vexil/flags/evaluate/compiled-flag";
import { VexilError } from "@vexil/plugin-api/errors";
import { z } from "zod";
import { AT_QUERY, namedState, pastSchema } from "../past/named-state.js";
import { queryInteger, queryValue } from "../query-values.js";
import type { ReadEnvironment } from "../reads/read-snapshots.js";
import { defaultEnvironment, environmentHeader, unknownEnvironment } from "../request-environment.js";
import { type Answer, param, type Route, type RouteRequest } from "../route.js";

const flagSchema = z.object({
  key: z.string(),
  name: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  variants: z.array(z.never()),
  namespaceKey: z.literal(""),
  type: z.enum(["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"]),
  defaultVariant: z
    .object({
      id: z.literal(""),
      flagKey: z.string(),
      key: z.string(),
      name: z.string(),
      description: z.string(),
      attachment: z.string(),
      namespaceKey: z.string(),
    })
    .optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
});

const listSchema = z.object({
  flags: z.array(flagSchema),
  nextPageToken: z.string(),
  totalCount: z.int(),
  ...pastSchema,
});

const QUERY = {
  limit: {
    description:
      "Flags on one page; 0 or absent: all. The next page: the same limit, and `pageToken` with the `nextPageToken` of this one.",
    schema: z.string().regex(/^[0-9]{0,9}$/),
  },
  environmentKey: "Environment, when the header `X-Flipt-Environment` names none.",
  ...AT_QUERY,
};

export interface FlagListOptions {
  readonly snapshots: SnapshotReader;
  readonly includeMetadata: () => boolean;
  readonly past: () => PastReader;
}

/** The list of flags that server SDKs read. */
export function flagRoutes(options: FlagListOptions): readonly Route[] {
  const common = {
    method: "GET",
    summary: "Lists the flags of a namespace, sorted by key.",
    access: "token",
    action: "read",
    place: "answer",
    errors: [404],
    answers: { 200: { description: "A page of flags.", schema: listSchema } },
  } as const;
  return [
    {
      ...common,
      path: "/api/v1/namespaces/{namespace}/flags",
      query: QUERY,
      handle: (request) => listFlags(options, request, param(request, "namespace")),
    },
    {
      ...common,
      path: "/api/v1/flags",
      query: { ...QUERY, namespaceKey: "Namespace; absent: `default`." },
      handle: (request) =>
        listFlags(options, request, queryValue(request, "namespaceKey", "namespace_key") || "default"),
    },
  ];
}

async function listFlags(options: FlagListOptions, request: RouteRequest, key: string): Promise<Answer> {
  const page = pageOf(request);
  const candidate = environmentHeader(request.headers) ?? queryValue(request, "environmentKey", "environment_key");
  const environment = listedEnvironment(options.snapshots, candidate);
  await request.rights.require("read", environment?.info.key ?? candidate, key);
  if (environment === undefined) throw unknownEnvironment(candidate);
  const at = queryValue(request, "at");
  const state = at === "" ? undefined : await namedState(options.past(), environment.info.key, at, request.signal);
  const namespace = (state ?? environment).snapshot?.namespaces.get(key);
  if (namespace === undefined && key !== "default")
    throw new VexilError("VEXIL_NOT_FOUND", `namespace "${key}" not found`);
  const totalCount = namespace?.sortedKeys.length ?? 0;
  if (totalCount > 0 && page.offset >= totalCount) throw invalid(`invalid offset: ${page.offset}`);
  const end = page.limit === 0 ? totalCount : Math.min(page.offset + page.limit, totalCount);
  const flags = (namespace?.sortedKeys ?? [])
    .slice(page.offset, end)
    .map((flag) => listedFlag(namespace as NamespaceSnapshot, flag, options.includeMetadata()));
  const named = state === undefined ? {} : { revision: state.revision, at: state.at };
  return { status: 200, body: { flags, nextPageToken: end < totalCount ? String(end) : "", totalCount, ...named } };
}

/** No candidate means the default environment, an unknown one is none unless it is `default`. */
function listedEnvironment(snapshots: SnapshotReader, candidate: string): ReadEnvironment | undefined {
  const found = candidate === "" ? undefined : snapshots.get(candidate);
  if (found !== undefined) return found;
  if (candidate === "" || candidate === "default") return defaultEnvironment(snapshots);
  return undefined;
}

function listedFlag(namespace: NamespaceSnapshot, key: string, includeMetadata: boolean): z.input<typeof flagSchema> {
  const flag = namespace.flags.get(key) as CompiledFlag;
  const { defaultVariant: variant, metadata } = flag;
  return {
    key,
    name: flag.name,
    description: flag.description,
    enabled: flag.enabled,
    variants: [],
    namespaceKey: "",
    type: flag.type,
    ...(variant === undefined
      ? {}
      : {
          defaultVariant: {
            id: "",
            flagKey: key,
            key: variant.key,
            name: variant.name,
            description: variant.description,
            attachment: variant.attachment,
            namespaceKey: namespace.key,
          },
        }),
    ...(includeMetadata && metadata !== undefined ? { metadata } : {}),
  };
}

function pageOf(request: RouteRequest): { readonly limit: number; readonly offset: number } {
  const limit = queryInteger(request, "limit");
  const ignoredOffset = queryInteger(request, "offset");
  const token = queryValue(request, "pageToken", "page_token");
  if (limit < 0) throw invalid(`invalid limit: ${limit}`);
  if (limit === 0 && (token !== "" || ignoredOffset > 0)) {
    throw invalid("limit must be set when offset or pageToken is set");
  }
  if (!/^[-+]?\d{1,15}$/.test(token) && token !== "") throw invalid(`pageToken is not valid: "${token}"`);
  return { limit, offset: Math.max(0, Number(token)) };
}

function invalid(message: string): VexilError {
  return new VexilError("VEXIL_VALIDATION_REQUEST", message);
}
