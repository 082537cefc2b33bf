import type { IncomingHttpHeaders } from "node:http";

/** Header that carries a signature of the body → what stands before its hexadecimal digits. */
const SIGNATURES: Readonly<Record<string, string>> = {
  "x-hub-signature-256": "sha256=",
  "x-hub-signature": "sha256=",
  "x-gitea-signature": "",
  "x-forgejo-signature": "",
  "x-vexil-signature": "sha256=",
};

/** The signature that a header carries; undefined if that is none. */
export function presentedSignature(headers: IncomingHttpHeaders, name: string): Buffer | undefined {
  const presented = header(headers, name);
  const prefix = SIGNATURES[name] ?? "";
  const digits = presented?.startsWith(prefix) === true ? presented.slice(prefix.length) : "";
  return /^[0-9a-f]{64}$/i.test(digits) ? Buffer.from(digits, "hex") : undefined;
}

/** Tells whether a call is signed at all, so that its body has to be read. */
export function isSigned(headers: IncomingHttpHeaders): boolean {
  return Object.keys(SIGNATURES).some((name) => presentedSignature(headers, name) !== undefined);
}

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
