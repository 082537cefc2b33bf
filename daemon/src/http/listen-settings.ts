import type { ServerConfig } from "@vexil/config/config";

/** Where and how connections are accepted. */
export type Transport = Pick<
  ServerConfig,
  "protocol" | "host" | "port" | "certFile" | "certKey" | "clientCertificates" | "strictTransport"
>;

/** Transport without TLS. */
export const PLAIN_HTTP = {
  protocol: "http",
  certFile: undefined,
  certKey: undefined,
  clientCertificates: undefined,
  strictTransport: undefined,
} as const satisfies Omit<Transport, "host" | "port">;

/** Members of a configuration that say how connections are accepted. */
export function transportOf(config: Transport): Transport {
  const { protocol, host, port, certFile, certKey, clientCertificates, strictTransport } = config;
  return { protocol, host, port, certFile, certKey, clientCertificates, strictTransport };
}
