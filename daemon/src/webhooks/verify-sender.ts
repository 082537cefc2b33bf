import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { StorageConfig } from "@vexil/core";

export type WebhookConfig = NonNullable<StorageConfig["webhook"]>;

interface Call {
  readonly headers: IncomingHttpHeaders;
  /** The body as it came: signatures are over bytes. */
  readonly body: Uint8Array;
  readonly secret: string;
  readonly username: string;
}

/** Each forge proves itself by a header of its own; that of another one counts for nothing. */
const CHECKS: Readonly<Record<string, (call: Call) => boolean>> = {
  // docs.github.com: validating webhook deliveries
  github: (call) => isSigned(call, "x-hub-signature-256", "sha256="),
  // docs.gitlab.com: the secret token is sent as it is
  gitlab: ({ headers, secret }) => isSame(header(headers, "x-gitlab-token"), secret),
  // docs.gitea.com: webhooks; hexadecimal, without the algorithm's name
  gitea: (call) => isSigned(call, "x-gitea-signature", ""),
  forgejo: (call) => isSigned(call, "x-forgejo-signature", ""),
  // support.atlassian.com, Cloud and Data Center: secure webhooks
  bitbucket: (call) => isSigned(call, "x-hub-signature", "sha256="),
  // learn.microsoft.com: service hooks know basic authentication only
  azure: ({ headers, secret, username }) => isSame(basicCredential(headers.authorization), `${username}:${secret}`),
  generic: (call) => isSigned(call, "x-vexil-signature", "sha256="),
};

/** Whether a call comes from who knows the secret, in the way of the storage's forge. Compared in constant time. */
export function isFromForge(webhook: WebhookConfig, headers: IncomingHttpHeaders, body: Uint8Array): boolean {
  const { type, secret, username = "" } = webhook;
  return CHECKS[type]?.({ headers, body, secret: secret.reveal(), username }) ?? false;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

function isSigned({ headers, body, secret }: Call, name: string, prefix: string): boolean {
  const presented = header(headers, name);
  const digits = presented?.startsWith(prefix) === true ? presented.slice(prefix.length) : "";
  if (!/^[0-9a-f]{64}$/i.test(digits)) return false;
  return timingSafeEqual(createHmac("sha256", secret).update(body).digest(), Buffer.from(digits, "hex"));
}

/** By digests, so that not even the length shows in the time it takes. */
function isSame(presented: string | undefined, expected: string): boolean {
  return presented !== undefined && timingSafeEqual(sha256(presented), sha256(expected));
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** `user:password` of a basic credential (RFC 7617). */
function basicCredential(authorization: string | undefined): string | undefined {
  const encoded = /^basic +([a-z0-9+/]+=*)$/i.exec(authorization ?? "")?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}
