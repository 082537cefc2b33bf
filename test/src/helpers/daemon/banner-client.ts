import type { Json } from "./daemon.js";

/** Requests of tests to a daemon that serves the example's boolean flag `banner`. */
export interface BannerClient {
  /** The storage `default` as `/api/status` has it. */
  status(): Promise<Json>;
  /** Tells whether the flag is on. */
  banner(): Promise<boolean>;
  /** Switches it by the API; `revision`: decided on that. */
  write(enabled: boolean, revision?: string): Promise<{ status: number; body: Json }>;
}

/** @param url where the daemon listens */
export function bannerClient(url: () => string): BannerClient {
  const call = async (path: string, init: RequestInit = {}): Promise<{ status: number; body: Json }> => {
    const response = await fetch(`${url()}${path}`, { ...init, signal: AbortSignal.timeout(40_000) });
    return { status: response.status, body: await response.json() };
  };
  return {
    status: async () => (await call("/api/status")).body.storages[0],
    banner: async () => {
      const body = JSON.stringify({ flagKey: "banner", entityId: "u" });
      return (await call("/evaluate/v1/boolean", { method: "POST", body })).body.enabled;
    },
    write: (enabled, revision) => {
      const payload = {
        "@type": "flipt.core.Flag",
        key: "banner",
        name: "Banner",
        type: "BOOLEAN_FLAG_TYPE",
        enabled,
      };
      const body = JSON.stringify({ key: "banner", payload, ...(revision === undefined ? {} : { revision }) });
      return call("/api/v2/environments/default/namespaces/default/resources", { method: "PUT", body });
    },
  };
}
