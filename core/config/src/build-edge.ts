import type { BuildContext } from "./build-context.js";
import { buildJournal, buildStorage } from "./build-storages.js";
import { DEFAULT_BACKEND } from "./bundled-plugins.js";
import type { EdgeConfig } from "./edge-config.js";
import type { RootSection } from "./sections/root.js";
import { storage } from "./sections/storage.js";

/** The section `edge`, with what its storages have in common; undefined: there is none. */
export async function buildEdge(root: RootSection, context: BuildContext): Promise<EdgeConfig | undefined> {
  const { edge } = root;
  if (edge === undefined) return undefined;
  const credentials = edge.credentials?.toLowerCase() || undefined;
  const section = {
    ...storage.parse({ backend: { type: DEFAULT_BACKEND } }),
    timeouts: edge.timeouts,
    limits: edge.limits,
    poll_interval: edge.poll_interval,
    ca_cert_path: edge.ca_cert_path,
    // It starts with what it has, and serves that for as long as it must.
    fetch_policy: "lenient" as const,
    read_only: true,
  };
  const template = await buildStorage("edge", section, undefined, credentials, context);
  return {
    upstream: edge.upstream.replace(/\/+$/, ""),
    credentials,
    writes: edge.writes,
    counts: edge.counts,
    path: edge.path ? context.resolvePath(edge.path) : undefined,
    storages: edge.storages.map((name) => name.toLowerCase()),
    environments: edge.environments,
    pollIntervalMs: edge.poll_interval,
    caCertPath: template.caCertPath,
    template: { ...template, journal: buildJournal(root, context) },
  };
}
