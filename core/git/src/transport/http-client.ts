import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { VexilError } from "@vexil/plugin-api/errors";
import type { buildConnector, Dispatcher } from "undici";
import type { RemoteTls } from "../remote/remote.js";
import { exchangeError } from "./http-errors.js";

/** Longer than the longest usual poll interval; a server that says less in `Keep-Alive` is obeyed. */
const KEEP_ALIVE_MS = 10 * 60_000;

/**
 * Connections to one remote: kept between polls, through the proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name,
 * trusting the configured authority beside the public ones.
 */
export async function openHttpClient(tls: RemoteTls, connectMs: number): Promise<Dispatcher> {
  // Loaded when the first HTTP remote is used: daemons with local storages only need not pay for it.
  const { default: undici } = await import("undici");
  const authority = await readAuthority(tls);
  const secure = {
    rejectUnauthorized: !tls.insecureSkipTls,
    timeout: connectMs,
    ...(authority === undefined ? {} : { secureContext: trusting(authority) }),
  };
  return new undici.EnvHttpProxyAgent({
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    proxyTunnel: false,
    connect: explaining(undici.buildConnector(secure)),
    requestTls: secure,
    proxyTls: secure,
  });
}

async function readAuthority(tls: RemoteTls): Promise<string | undefined> {
  if (tls.caCertPath === undefined) return tls.caCertBytes;
  try {
    return await readFile(tls.caCertPath, "utf8");
  } catch (error) {
    const message = `ca_cert_path cannot be read: ${error instanceof Error ? error.message : error}`;
    throw new VexilError("VEXIL_REMOTE_CERTIFICATE", message, { details: { step: "tls" }, cause: error });
  }
}

/** Made once: parsing the public authorities for each connection would take tens of milliseconds. */
function trusting(authority: string): SecureContext {
  try {
    return createSecureContext({ ca: [...rootCertificates, authority] });
  } catch (error) {
    const message = `ca_cert holds no PEM certificate: ${error instanceof Error ? error.message : error}`;
    throw new VexilError("VEXIL_REMOTE_CERTIFICATE", message, { details: { step: "tls" }, cause: error });
  }
}

/** Tells a peer that was never reached from one that broke off the TLS handshake: only the socket knows. */
function explaining(connector: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    let reached = false;
    const secured = options.protocol === "https:";
    // undici's connectors return their socket, though their type does not say so.
    const socket = connector(options, (...result) => {
      const [error] = result;
      if (error === null) callback(...result);
      else callback(exchangeError(error, "connect", "connect", secured && reached), null);
    }) as unknown as Socket | undefined;
    socket?.once("connect", () => {
      reached = true;
    });
  };
}
