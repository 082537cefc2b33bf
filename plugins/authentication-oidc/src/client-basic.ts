import type { ClientAuth } from "openid-client";

/**
 * A client that proves itself by HTTP's basic authentication (RFC 6749 §2.3.1). Encoded is only what a form encodes:
 * the library's own encodes more, a hyphen as `%2D`, and some providers compare what they get without decoding it.
 */
export function clientBasic(secret: string): ClientAuth {
  return (_server, { client_id: id }, _body, headers) => {
    const credentials = `${formEncoded(id)}:${formEncoded(secret)}`;
    headers.set("authorization", `Basic ${Buffer.from(credentials).toString("base64")}`);
  };
}

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
