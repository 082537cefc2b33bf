import { createHash } from "node:crypto";
import type { ChangeEvent, CommitEvent, SinkEvent } from "../sink-event.js";
import type { SinkSnapshot } from "../sink-snapshot.js";

const REVISIONS = ["a".repeat(40), "b".repeat(40)] as const;

function idOf(seed: string): string {
  return createHash("sha256").update(seed).digest().subarray(0, 16).toString("base64url");
}

function head(seed: string): Omit<CommitEvent, "origin"> & { readonly origin: "push" } {
  return {
    version: 1,
    id: idOf(seed),
    time: "2026-01-02T03:04:05.000Z",
    storage: "main",
    environment: "production",
    revision: REVISIONS[1],
    previous: REVISIONS[0],
    origin: "push",
    actor: "git:ada@example.com",
    author: { name: "Ada", email: "ada@example.com" },
    subject: "Switch the banner on",
  };
}

const FLAG = {
  key: "banner",
  name: "Banner",
  type: "BOOLEAN_FLAG_TYPE",
  description: "",
  enabled: false,
  variants: [],
  rules: [],
  rollouts: [{ description: "", threshold: { percentage: 50, value: true } }],
};

/**
 * A change of a flag, for tests of sinks.
 * @param seed makes its id: the same seed, the same event
 * @example await sink.deliver([flagChange("one")], { signal })
 */
export function flagChange(seed: string, over: Partial<ChangeEvent> = {}): ChangeEvent {
  const after = { ...FLAG, enabled: true };
  return {
    ...head(seed),
    kind: "change",
    namespace: "default",
    type: "flag",
    key: "banner",
    before: FLAG,
    after,
    ...over,
  };
}

/**
 * One event of each kind and shape, by name.
 * @example for (const [what, event] of eventSamples()) test(what, () => sink.deliver([event], { signal }));
 */
export function eventSamples(): ReadonlyMap<string, SinkEvent> {
  const fault = { reason: "flags.0.key: missing", line: 3, column: 5 };
  const quarantine = { ...head("q"), kind: "quarantine", namespace: "ops", file: "ops/features.yaml" } as const;
  const segment = { key: "staff", name: "Staff", description: "", matchType: "ALL_MATCH_TYPE", constraints: [] };
  const { version, time, storage } = head("s");
  return new Map<string, SinkEvent>([
    ["a flag that is changed", flagChange("updated")],
    ["a flag that is new", flagChange("created", { before: undefined })],
    ["a flag that is gone", flagChange("deleted", { after: undefined })],
    ["a segment", flagChange("segment", { type: "segment", key: "staff", before: undefined, after: segment })],
    [
      "a namespace",
      flagChange("ns", { type: "namespace", key: "default", before: { name: "a" }, after: { name: "b" } }),
    ],
    ["a first commit", flagChange("root", { previous: undefined, before: undefined })],
    ["a write by the API", flagChange("api", { origin: "api", actor: "token:ci" })],
    ["a rollback", flagChange("rollback", { origin: "rollback", actor: "token:ada" })],
    ["rewritten history", flagChange("rewritten", { origin: "rewritten" })],
    ["a file that becomes faulty", { ...quarantine, id: idOf("q1"), after: fault }],
    ["a file that is mended", { ...quarantine, id: idOf("q2"), before: fault }],
    [
      "a gap",
      {
        version,
        time,
        storage,
        id: idOf("g"),
        kind: "gap",
        environment: "production",
        revision: REVISIONS[1],
        reason: "gone",
      },
    ],
    [
      "a storage that is ready",
      { version, time, storage, id: idOf("s1"), kind: "storage", before: "failed", after: "ready" },
    ],
    [
      "a storage that failed",
      {
        version,
        time,
        storage,
        id: idOf("s2"),
        kind: "storage",
        before: "ready",
        after: "failed",
        error: { code: "VEXIL_AUTH_REJECTED", message: "the remote rejected the credential" },
      },
    ],
  ]);
}

/**
 * A state of an environment, for tests of sinks that take snapshots.
 * @param namespaces their texts, by key
 * @example await sink.publish(snapshotSample("production", { default: "{}" }), { signal })
 */
export function snapshotSample(environment: string, namespaces: Readonly<Record<string, string>>): SinkSnapshot {
  return {
    storage: "main",
    environment,
    default: false,
    revision: REVISIONS[0],
    namespaces: Object.entries(namespaces).map(([key, json]) => {
      return { key, digest: createHash("sha1").update(json).digest("hex"), json };
    }),
  };
}
