import type { HttpAuthenticator } from "../contract/authenticator.js";

/** User and password of a URL, taken out of it: they go into a header and are never printed with the URL. */
export function splitCredential(url: string): { readonly url: string; readonly authenticator?: HttpAuthenticator } {
  const parsed = new URL(url);
  if (parsed.username === "" && parsed.password === "") return { url: parsed.href };
  const pair = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  parsed.username = "";
  parsed.password = "";
  return {
    url: parsed.href,
    authenticator: { type: "http", headers: async () => ({ authorization }), close: async () => {} },
  };
}
