import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { StorageConfig } from "@vexil/config/config";
import { header, isSigned, presentedSignature } from "./presented-proof.js";

export type WebhookConfig = NonNullable<StorageConfig["webhook"]>;

interface Call {
  readonly headers: IncomingHttpHeaders;
  /** Signature that the body must have; undefined for a call without any signature. */
  readonly signature: Buffer | undefined;
  readonly secret: string;
  readonly username: string;
}

/** Each forge proves itself by a header of its own; that of another one counts for nothing. */
const CHECKS: Readonly<Record<string, (call: Call) => boolean>> = {
  // docs.github.com: validating webhook deliveries
  github: (call) => hasSignature(call, "x-hub-signature-256"),
  // docs.gitlab.com: the secret token is sent as it is
  gitlab: ({ headers, secret }) => isSame(header(headers, "x-gitlab-token"), secret),
  // docs.gitea.com: webhooks; hexadecimal, without the algorithm's name
  gitea: (call) => hasSignature(call, "x-gitea-signature"),
  forgejo: (call) => hasSignature(call, "x-forgejo-signature"),
  // support.atlassian.com, Cloud and Data Center: secure webhooks
  bitbucket: (call) => hasSignature(call, "x-hub-signature"),
  // learn.microsoft.com: service hooks know basic authentication only
  azure: ({ headers, secret, username }) => isSame(basicCredential(headers.authorization), `${username}:${secret}`),
  generic: (call) => hasSignature(call, "x-vexil-signature"),
};

const NOBODYS_SECRET = randomBytes(32).toString("hex");

/**
 * Tells whether a call comes from who knows the secret, in the way of the storage's forge. Compared in constant time, and a
 * call for a storage without webhook takes as long as one that is refused.
 */
export function isFromForge(
  webhook: WebhookConfig | undefined,
  headers: IncomingHttpHeaders,
  body: Uint8Array,
): boolean {
  const secret = webhook?.secret.reveal() ?? NOBODYS_SECRET;
  const signature = isSigned(headers) ? createHmac("sha256", secret).update(body).digest() : undefined;
  const { type, username = "" } = webhook ?? { type: "generic" };
  const isProven = CHECKS[type]?.({ headers, signature, secret, username }) ?? false;
  return isProven && webhook !== undefined;
}

function hasSignature({ headers, signature }: Call, name: string): boolean {
  const presented = presentedSignature(headers, name);
  return signature !== undefined && presented !== undefined && timingSafeEqual(signature, presented);
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
