import type { FailureStep } from "@vexil/plugin-api/errors";

/** Where a remote is, as far as it matters for finding out what is wrong with it. */
export interface Endpoint {
  /** Steps passed on the way to the first answer, in this order. */
  readonly steps: readonly FailureStep[];
  /** The server to look up and connect to; undefined: none, or it is behind a proxy. */
  readonly server: { readonly host: string; readonly port: number } | undefined;
}

const REPOSITORY: readonly FailureStep[] = ["ref", "pack", "parse"];
const PROXIES = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];

export function endpointOf(remote: string, env: NodeJS.ProcessEnv): Endpoint {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(remote)?.[1]?.toLowerCase();
  if (scheme === "http" || scheme === "https") {
    const tls: readonly FailureStep[] = scheme === "https" ? ["tls"] : [];
    const url = new URL(remote);
    const port = Number(url.port || (scheme === "https" ? 443 : 80));
    const behindProxy = PROXIES.some((name) => env[name]);
    return {
      steps: ["dns", "connect", ...tls, "http", "auth", ...REPOSITORY],
      server: behindProxy ? undefined : { host: unbracket(url.hostname), port },
    };
  }
  const ssh = scheme === undefined ? scpServer(remote) : scheme.includes("ssh") ? urlServer(remote) : undefined;
  if (ssh === undefined) return { steps: ["connect", ...REPOSITORY], server: undefined };
  return { steps: ["dns", "connect", "host-key", "auth", ...REPOSITORY], server: ssh };
}

function urlServer(remote: string): Endpoint["server"] {
  const url = new URL(remote);
  return { host: unbracket(decodeURIComponent(url.hostname)), port: Number(url.port || 22) };
}

/** `user@host:path` */
function scpServer(remote: string): Endpoint["server"] {
  const host = /^(?:[^@/]*@)?(\[[^\]/]+\]|[^:/[\]]+):/.exec(remote)?.[1];
  return host === undefined ? undefined : { host: unbracket(host), port: 22 };
}

const unbracket = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");
