import type { HttpAuthenticator } from "@vexil/plugin-api";

import { VexilError } from "@vexil/plugin-api/errors";

/** User and password of a URL, taken out of it: they go into a header and are never printed with the URL. */
export function splitCredential(url: string): { readonly url: string; readonly authenticator?: HttpAuthenticator } {
  const parsed = parse(url);
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

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    // Not named: what cannot be parsed cannot be freed of a password either.
    throw new VexilError(
      "VEXIL_VALIDATION_CONFIG",
      "a remote's URL cannot be read; write it like https://host/path.git",
    );
  }
}
