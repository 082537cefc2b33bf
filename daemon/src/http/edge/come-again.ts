import type { IncomingMessage, ServerResponse } from "node:http";
import { TOKEN_COOKIE } from "../../access/credential.js";
import { prefixOf } from "../routes/auth/local-page.js";

/**
 * Has a browser that another site has led to a page, and that was not let in, ask for that page once more. It keeps the
 * session's cookie, which is strict, to itself as long as others lead it: after a login, when the provider sends it back
 * here, and where a link in a message is followed. What it is told to ask for by this answer, this site asks for.
 */
export function comeAgain({ method, url = "", headers }: IncomingMessage, response: ServerResponse): void {
  const isLed =
    method === "GET" &&
    headers["sec-fetch-site"] === "cross-site" &&
    headers["sec-fetch-mode"] === "navigate" &&
    headers["sec-fetch-dest"] === "document";
  const hasCredential = headers.authorization !== undefined || headers.cookie?.includes(`${TOKEN_COOKIE}=`) === true;
  // A path that begins otherwise could be another server's.
  if (isLed && !hasCredential && /^\/[^/\\]/.test(url)) {
    response.setHeader("Refresh", `0; url=${prefixOf(headers)}${url}`);
  }
}
