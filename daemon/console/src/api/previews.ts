import { bodyOf, client } from "./client.js";
import { itemOf, type Scope } from "./history.js";
import { ENVIRONMENT, NAMESPACE, NAMESPACES, RESOURCES } from "./routes.js";
import type { NamespaceNames } from "./save-namespace.js";
import { FLAG, type Flag, type Place, type Preview, SEGMENT, type Segment, type WrittenPayload } from "./types.js";

const dryRun = true;

/** Where a write would be made: in place of what was there at a revision, or of nothing. */
interface Upon {
  readonly revision: string;
  readonly isNew: boolean;
}

/** Commit that saving a flag would make. All of these are refused as the writes are. */
export const previewFlag = (place: Place, flag: Flag, upon: Upon): Promise<Preview> =>
  previewItem(place, flag.key, { ...flag, "@type": FLAG }, upon);

export const previewSegment = (place: Place, segment: Segment, upon: Upon): Promise<Preview> =>
  previewItem(place, segment.key, { ...segment, "@type": SEGMENT }, upon);

function previewItem(place: Place, key: string, payload: object, { revision, isNew }: Upon): Promise<Preview> {
  const params = { path: { ...place } };
  const body = { key, payload: payload as WrittenPayload, dryRun };
  return shown(
    isNew
      ? bodyOf(client.POST(RESOURCES, { params, body }))
      : bodyOf(client.PUT(RESOURCES, { params, body: { ...body, revision } })),
  );
}

/** @param type of the item */
export function previewDeletion(place: Place, type: string, key: string, revision: string): Promise<Preview> {
  const params = { path: { ...place, type, key }, query: { revision, dry_run: "true" as const } };
  return shown(bodyOf(client.DELETE(`${RESOURCES}/{type}/{key}`, { params })));
}

export function previewNamespace(environment: string, names: NamespaceNames, upon: Upon): Promise<Preview> {
  const { revision, isNew } = upon;
  const request = { params: { path: { environment } }, body: { ...names, revision, dryRun } };
  return shown(bodyOf(isNew ? client.POST(NAMESPACES, request) : client.PUT(NAMESPACES, request)));
}

export function previewNamespaceDeletion(environment: string, key: string, revision: string): Promise<Preview> {
  const params = { path: { environment, key }, query: { revision, dry_run: "true" as const } };
  return shown(bodyOf(client.DELETE(`${NAMESPACES}/{key}`, { params })));
}

export function previewRollBack(place: Place, scope: Scope, to: string, revision: string): Promise<Preview> {
  return shown(askRollBack(place, scope, { to, revision, dryRun }));
}

/** Asks for a rollback of what a scope has. */
export function askRollBack(
  { environment, namespace }: Place,
  scope: Scope,
  body: { readonly to: string; readonly revision: string; readonly message?: string; readonly dryRun?: boolean },
): Promise<Written> {
  const item = itemOf(scope);
  if (item !== undefined) {
    const params = { path: { environment, namespace, ...item } };
    return bodyOf(client.POST(`${RESOURCES}/{type}/{key}/rollback`, { params, body }));
  }
  if (scope.all) return bodyOf(client.POST(`${ENVIRONMENT}/rollback`, { params: { path: { environment } }, body }));
  return bodyOf(client.POST(`${NAMESPACE}/rollback`, { params: { path: { environment, namespace } }, body }));
}

interface Written {
  readonly preview?: Preview;
}

async function shown(answer: Promise<Written>): Promise<Preview> {
  const { preview } = await answer;
  if (preview === undefined) throw new Error("the server has shown nothing of what it would commit");
  return preview;
}
