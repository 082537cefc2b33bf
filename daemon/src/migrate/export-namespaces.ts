import type { Flag, JsonObject, JsonValue, Segment } from "@vexil/flags/read/document";
import type { ApiClient } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import type { FlagPayload } from "../http/management/shown-flag.js";
import type { SegmentPayload } from "../http/management/shown-segment.js";
import { namespacesPath, TYPE_NAMES } from "../items/item-paths.js";
import type { WrittenNamespace } from "./model/written-namespace.js";

export interface ExportRequest {
  readonly environment?: string;
  /** Undefined: all of them. */
  readonly namespace?: string;
  /** Revision; undefined: what is served. */
  readonly at?: string;
}

/**
 * The namespaces of an environment, all of one revision.
 * @throws RefusedError where there is none of that key
 */
export async function exportNamespaces(
  client: ApiClient,
  request: ExportRequest,
): Promise<readonly WrittenNamespace[]> {
  const { namespace, environment } = request;
  const base = await namespacesPath(client, environment === undefined ? {} : { environment });
  const list = (await client.ask("GET", `${base}${query(request.at)}`)) as {
    readonly items: readonly { readonly key: string; readonly name: string; readonly description?: string }[];
    readonly revision: string;
  };
  const wanted = list.items.filter(({ key }) => namespace === undefined || key === namespace);
  if (wanted.length === 0 && namespace !== undefined) throw new RefusedError(`there is no namespace ${namespace}`);
  const found: WrittenNamespace[] = [];
  for (const { key, name, description } of wanted) {
    const items = async <T>(type: keyof typeof TYPE_NAMES): Promise<readonly T[]> => {
      const path = `${base}/${encodeURIComponent(key)}/resources/${TYPE_NAMES[type]}${query(list.revision)}`;
      const answer = (await client.ask("GET", path)) as { readonly resources: readonly { readonly payload: T }[] };
      return answer.resources.map(({ payload }) => payload);
    };
    found.push({
      key,
      ...(name === "" || name === key ? {} : { name }),
      ...(description ? { description } : {}),
      flags: (await items<FlagPayload>("flag")).map(flagOf),
      segments: (await items<SegmentPayload>("segment")).map(segmentOf),
    });
  }
  // There is always a default namespace, in a file or not.
  return found.filter(({ key, flags, segments }) => {
    return key !== "default" || namespace !== undefined || flags.length + segments.length > 0;
  });
}

const query = (at: string | undefined): string => (at === undefined ? "" : `?at=${encodeURIComponent(at)}`);

function flagOf({ variants, rules, rollouts, defaultVariant, metadata, "@type": _, ...head }: FlagPayload): Flag {
  return {
    ...head,
    ...(metadata === undefined ? {} : { metadata: metadata as JsonObject }),
    variants: variants.map(({ key, name, description, attachment }) => ({
      key,
      name: name === key ? "" : name,
      description,
      ...(attachment === undefined ? {} : { attachment: attachment as JsonValue }),
      default: key === defaultVariant,
    })),
    rules,
    rollouts: rollouts.map(({ description, segment, threshold }) => ({
      description,
      ...(segment === undefined ? {} : { segment }),
      ...(threshold === undefined ? {} : { threshold }),
    })),
  };
}

function segmentOf({ "@type": _, constraints, ...head }: SegmentPayload): Segment {
  return { ...head, constraints: constraints as Segment["constraints"] };
}
