import type { ApiClient } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import type { FlagPayload } from "../http/management/shown-flag.js";
import type { SegmentPayload } from "../http/management/shown-segment.js";
import { type ItemType, resourcesPath, TYPE_NAMES } from "./item-paths.js";
import { changed, type ItemOptions, notMade, type WriteOptions, withWayOn } from "./write-options.js";

export type Payloads = { readonly flag: FlagPayload; readonly segment: SegmentPayload };

/** An item, and the commit that it was read at. */
export interface ReadItem<P> {
  readonly payload: P;
  readonly revision: string;
}

export async function listItems<T extends ItemType>(
  client: ApiClient,
  type: T,
  options: ItemOptions,
): Promise<readonly Payloads[T][]> {
  const path = `${await resourcesPath(client, options)}/${TYPE_NAMES[type]}`;
  const { resources } = (await client.ask("GET", path)) as { resources: readonly { payload: Payloads[T] }[] };
  return resources.map(({ payload }) => payload);
}

export async function readItem<T extends ItemType>(
  client: ApiClient,
  type: T,
  key: string,
  options: ItemOptions,
): Promise<ReadItem<Payloads[T]>> {
  const path = `${await resourcesPath(client, options)}/${TYPE_NAMES[type]}/${encodeURIComponent(key)}`;
  try {
    const answer = await client.ask("GET", path);
    const { resource, revision } = answer as { resource: { payload: Payloads[T] }; revision: string };
    return { payload: resource.payload, revision };
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
    const place = `${options.namespace ?? "default"}/${key}`;
    throw new RefusedError(`there is no ${type} ${place}; "vexil ${type} list" shows what there is`, 404);
  }
}

/** @returns the commit that has it */
export async function putItem<T extends ItemType>(
  client: ApiClient,
  type: T,
  { mode, payload, revision }: { mode: "create" | "update"; payload: Payloads[T]; revision?: string | undefined },
  options: WriteOptions,
): Promise<string> {
  const { message } = options;
  const body = {
    key: payload.key,
    payload: { ...payload, "@type": TYPE_NAMES[type] },
    ...(revision === undefined ? {} : { revision }),
    ...(message === undefined ? {} : { message }),
  };
  try {
    const method = mode === "create" ? "POST" : "PUT";
    return ((await client.ask(method, await resourcesPath(client, options), body)) as { revision: string }).revision;
  } catch (error) {
    const { key } = payload;
    if (mode === "update") throw withWayOn(error, changed(`vexil ${type} show ${key}`));
    const commands = { set: `vexil ${type} set ${key}`, list: `vexil ${type} list` };
    throw notMade(error, `the ${type} ${options.namespace ?? "default"}/${key}`, commands);
  }
}

/**
 * Puts an item as it is to be, unless it has changed since it was read, or since what `--revision` names.
 * @returns the commit that has it
 */
export function updateItem<T extends ItemType>(
  client: ApiClient,
  type: T,
  { payload, revision: read }: ReadItem<Payloads[T]>,
  options: WriteOptions,
): Promise<string> {
  return putItem(client, type, { mode: "update", payload, revision: options.revision ?? read }, options);
}

/** @returns the commit that does not have it any more */
export async function deleteItem(
  client: ApiClient,
  type: ItemType,
  key: string,
  options: WriteOptions,
): Promise<string> {
  const path = `${await resourcesPath(client, options)}/${TYPE_NAMES[type]}/${encodeURIComponent(key)}`;
  try {
    return ((await client.ask("DELETE", `${path}${writeQuery(options)}`)) as { revision: string }).revision;
  } catch (error) {
    throw withWayOn(error, changed(`vexil ${type} show ${key}`));
  }
}

/** The query of a write that has no body. */
export function writeQuery({ message, revision }: WriteOptions): string {
  const query = new URLSearchParams({
    ...(revision === undefined ? {} : { revision }),
    ...(message === undefined ? {} : { message }),
  }).toString();
  return query === "" ? "" : `?${query}`;
}
