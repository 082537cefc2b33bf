import type { ApiClient } from "../client/api-client.js";
import { environmentPath, targetPath } from "../client/target.js";
import type { ShownPreview } from "../http/management/shown-preview.js";
import { TYPE_NAMES } from "../items/item-paths.js";
import { withWayOn } from "../items/write-options.js";
import { type ImportMode, importChanges, type KnownNamespace } from "./import-changes.js";
import type { WrittenNamespace } from "./model/written-namespace.js";

export interface DaemonImport {
  /** undefined: the default one. */
  readonly environment: string | undefined;
  readonly mode: ImportMode;
  /** The commit's; undefined: as the configuration says. */
  readonly message: string | undefined;
  readonly dryRun: boolean;
}

/** The outcome of an import, or of a trial. */
export interface DaemonImported {
  readonly environment: string;
  /** The head afterwards. */
  readonly revision: string;
  readonly isChanged: boolean;
  /** `flag shop/banner`: what went. */
  readonly removed: readonly string[];
  /** Of a trial. */
  readonly preview?: ShownPreview | undefined;
}

/**
 * Brings namespaces into an environment of a running daemon, by one commit.
 * @throws RefusedError as the daemon refuses it, or because there are such namespaces
 */
export async function importToDaemon(
  client: ApiClient,
  namespaces: readonly WrittenNamespace[],
  { environment, mode, message, dryRun }: DaemonImport,
): Promise<DaemonImported> {
  const base = environmentPath(await targetPath(client, environment, undefined));
  const { revision: before, known } = await knownNamespaces(client, base, namespaces);
  const { changes, removed } = importChanges(namespaces, known, mode);
  const name = decodeURIComponent(base.slice(base.lastIndexOf("/") + 1));
  if (changes.length === 0) return { environment: name, revision: before, isChanged: false, removed };
  const body = {
    changes,
    // What is decided on what was read: to refuse, and to take out.
    ...(mode === "merge" ? {} : { revision: before }),
    ...(message === undefined ? {} : { message }),
    dryRun,
  };
  try {
    const answer = (await client.ask("POST", `${base}/changes`, body)) as {
      readonly revision: string;
      readonly preview?: ShownPreview;
    };
    const { revision, preview } = answer;
    const isChanged = preview === undefined ? revision !== before : preview.commit !== undefined;
    return { environment: name, revision, isChanged, removed, preview };
  } catch (error) {
    throw withWayOn(error, "run the command again on what is there now");
  }
}

async function knownNamespaces(
  client: ApiClient,
  base: string,
  wanted: readonly WrittenNamespace[],
): Promise<{ readonly revision: string; readonly known: ReadonlyMap<string, KnownNamespace> }> {
  const { items, revision } = (await client.ask("GET", `${base}/namespaces`)) as {
    readonly items: readonly { readonly key: string; readonly name: string; readonly description?: string }[];
    readonly revision: string;
  };
  const known = new Map<string, KnownNamespace>();
  for (const { key, name, description = "" } of items.filter((item) => wanted.some((one) => one.key === item.key))) {
    const keys = async (type: keyof typeof TYPE_NAMES): Promise<readonly string[]> => {
      const path = `${base}/namespaces/${encodeURIComponent(key)}/resources/${TYPE_NAMES[type]}?at=${revision}`;
      const answer = (await client.ask("GET", path)) as { readonly resources: readonly { readonly key: string }[] };
      return answer.resources.map((one) => one.key);
    };
    const [flags, segments] = [await keys("flag"), await keys("segment")];
    // There is always a default namespace, in a file or not.
    if (key === "default" && flags.length + segments.length === 0) continue;
    known.set(key, { name, description, flags, segments });
  }
  return { revision, known };
}
