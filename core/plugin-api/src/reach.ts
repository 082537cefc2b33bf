import { connect, isIP } from "node:net";
import { connect as connectTls } from "node:tls";
import { VexilError } from "./errors/vexil-error.js";

/**
 * Connects to where a URL leads, says nothing there and ends the connection: what a sink on the network may have for
 * `examine`.
 * @param url of a host and port, or `unix:///path` of a socket on this machine
 * @param secure over TLS, with a certificate that is good for the host
 * @throws VexilError `VEXIL_UNAVAILABLE_SINK` with the system's code of the failure
 * @example await reach(new URL("https://ci.example.com"), { secure: true, signal });
 */
export async function reach(
  url: URL,
  options: { readonly secure: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { secure, signal } = options;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const path = url.protocol === "unix:" ? decodeURIComponent(url.pathname) : undefined;
  signal.throwIfAborted();
  const socket = secure
    ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }) })
    : connect(path === undefined ? { host, port } : { path });
  const cut = (): void => void socket.destroy(new Error("it does not answer in time"));
  signal.addEventListener("abort", cut, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.once(secure ? "secureConnect" : "connect", resolve);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const place = path ?? `${host}:${port}`;
    throw new VexilError("VEXIL_UNAVAILABLE_SINK", `${place} cannot be reached: ${code ?? message}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", cut);
    socket.destroy();
  }
}
