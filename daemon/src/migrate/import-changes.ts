import { isDeepStrictEqual } from "node:util";
import { RefusedError } from "../client/client-errors.js";
import { counted } from "../client/counted.js";
import { shownFlag } from "../http/management/shown-flag.js";
import { shownSegment } from "../http/management/shown-segment.js";
import { TYPE_NAMES } from "../items/item-paths.js";
import type { WrittenNamespace } from "./model/written-namespace.js";

/**
 * Fate of namespaces that are there already: `refuse` writes nothing, `merge` keeps what the import does not name,
 * `replace` takes that out.
 */
export type ImportMode = "refuse" | "merge" | "replace";

/** A namespace that a daemon has, as far as an import asks. */
export interface KnownNamespace {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly string[];
  readonly segments: readonly string[];
}

type Kind = "put" | "create" | "delete";

/** Changes as `POST …/changes` takes them. */
export interface ImportChanges {
  readonly changes: readonly object[];
  /** `flag shop/banner`: those that go. */
  readonly removed: readonly string[];
}

/**
 * The changes that bring namespaces into an environment, in an order in which each finds what it needs.
 * @param known what is there of them, by key
 * @throws RefusedError where something is there, and nothing was said of it
 */
export function importChanges(
  namespaces: readonly WrittenNamespace[],
  known: ReadonlyMap<string, KnownNamespace>,
  mode: ImportMode,
): ImportChanges {
  const changes: object[] = [];
  const removed: string[] = [];
  for (const namespace of namespaces) {
    const now = known.get(namespace.key);
    if (mode === "refuse") refuseKnown(namespace.key, now);
    const { key: namespaceKey, flags, segments } = namespace;
    const change: Kind = now === undefined ? "create" : "put";
    changes.push(...headerChange(namespace, now));
    for (const segment of segments)
      changes.push({ change, namespaceKey, key: segment.key, payload: shownSegment(segment) });
    for (const flag of flags) changes.push({ change, namespaceKey, key: flag.key, payload: shownFlag(flag) });
    if (mode !== "replace" || now === undefined) continue;
    // Flags before the segments that they use.
    for (const [type, before, after] of [
      ["flag", now.flags, flags],
      ["segment", now.segments, segments],
    ] as const) {
      const kept = new Set(after.map(({ key }) => key));
      for (const key of before.filter((one) => !kept.has(one))) {
        changes.push({ change: "delete", namespaceKey, key, type: TYPE_NAMES[type] });
        removed.push(`${type} ${namespaceKey}/${key}`);
      }
    }
  }
  return { changes, removed };
}

/** `default` is there without being made; names that an import does not give stay. */
function headerChange(
  { key, name, description }: WrittenNamespace,
  now: KnownNamespace | undefined,
): readonly object[] {
  const before = now === undefined ? undefined : { name: now.name, description: now.description };
  const after = { name: name ?? before?.name ?? key, description: description ?? before?.description ?? "" };
  if (before === undefined ? key === "default" && name === undefined : isDeepStrictEqual(before, after)) return [];
  const change: Kind = before === undefined && key !== "default" ? "create" : "put";
  return [{ change, key, payload: { "@type": "flipt.core.Namespace", ...after } }];
}

function refuseKnown(key: string, now: KnownNamespace | undefined): void {
  if (now === undefined) return;
  const held = `${counted(now.flags.length, "flag")}, ${counted(now.segments.length, "segment")}`;
  throw new RefusedError(
    `namespace ${key} is there already (${held}); nothing was written: --merge keeps of it what the import does not name, --replace takes that out, --namespace names another`,
  );
}
