import type { ServerConfig } from "@vexil/config/config";

/** Where and how connections are accepted. */
export type ListenSettings = Pick<
  ServerConfig,
  "protocol" | "host" | "port" | "certFile" | "certKey" | "clientCertificates" | "strictTransport"
>;

/** Settings without TLS. */
export const PLAIN_HTTP = {
  protocol: "http",
  certFile: undefined,
  certKey: undefined,
  clientCertificates: undefined,
  strictTransport: undefined,
} as const satisfies Omit<ListenSettings, "host" | "port">;

/** Members of a configuration that say how connections are accepted. */
export function listenSettingsOf(config: ListenSettings): ListenSettings {
  const { protocol, host, port, certFile, certKey, clientCertificates, strictTransport } = config;
  return { protocol, host, port, certFile, certKey, clientCertificates, strictTransport };
}
