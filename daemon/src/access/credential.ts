import { hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { PresentedCredential } from "@vexil/plugin-api";
import { parse } from "cookie";
import { presentedCertificate } from "./certificate-credential.js";

/** The cookie of a session. */
export const TOKEN_COOKIE = "flipt_client_token";

/**
 * The credential that a request carries: of `Authorization` the schemes `Bearer` and `JWT`, in this case and followed by
 * one blank; without that header the session's cookie; without both the certificate of its connection.
 */
export function presentedCredential(headers: IncomingHttpHeaders): PresentedCredential | undefined {
  const { authorization, cookie } = headers;
  if (authorization !== undefined) {
    if (authorization.startsWith("Bearer ")) return { scheme: "Bearer", value: authorization.slice("Bearer ".length) };
    return authorization.startsWith("JWT ") ? { scheme: "JWT", value: authorization.slice("JWT ".length) } : undefined;
  }
  const value = cookie === undefined ? undefined : parse(cookie)[TOKEN_COOKIE];
  return value === undefined ? presentedCertificate(headers) : { scheme: "Bearer", value };
}

/** Certificates are presented by one object for all requests of a connection, and are long. */
const certificateKeys = new WeakMap<PresentedCredential, string>();

/** Key by which a credential is remembered: nothing that could be presented in its place. */
export function credentialKey(credential: PresentedCredential): string {
  const { scheme, value } = credential;
  const isCertificate = scheme === "Certificate";
  const known = isCertificate ? certificateKeys.get(credential) : undefined;
  if (known !== undefined) return known;
  const key = hash("sha256", `${scheme} ${value}`, "base64");
  if (isCertificate) certificateKeys.set(credential, key);
  return key;
}
