import { createHash, timingSafeEqual } from "node:crypto";
import type { Identity, PresentedCredential } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api";
import { type TokenSettings, timeOf } from "./settings.js";

interface StaticToken {
  readonly sha256: Uint8Array;
  readonly identity: Identity;
}

/** Tokens that stand in the configuration. */
export class StaticTokens {
  readonly schemes = ["Bearer"] as const;
  readonly #tokens: readonly StaticToken[];

  constructor({ storage }: TokenSettings) {
    this.#tokens = Object.entries(storage.tokens).flatMap(([name, { credential, ...token }]) =>
      credential === undefined
        ? []
        : [{ sha256: sha256(credential.reveal()), identity: identityOf(name.toLowerCase(), token) }],
    );
  }

  /** Every token is compared, each in constant time, so that the time taken tells nothing about any of them. */
  async verify({ value }: PresentedCredential): Promise<Identity | undefined> {
    const presented = sha256(value);
    let found: Identity | undefined;
    for (const { sha256: expected, identity } of this.#tokens) {
      if (timingSafeEqual(expected, presented)) found = identity;
    }
    if (found?.expiresAt !== undefined && found.expiresAt <= Date.now()) {
      const { subject } = found;
      throw new VexilError("VEXIL_REFUSED_UNAUTHENTICATED", `the token ${subject} has expired`, {
        details: { subject },
      });
    }
    return found;
  }

  async close(): Promise<void> {}
}

function identityOf(
  subject: string,
  { metadata = {}, name, email, expires_at: expiresAt }: Omit<TokenSettings["storage"]["tokens"][string], "credential">,
): Identity {
  const shown = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key.toLowerCase(), value]));
  return {
    subject,
    name: firstText(name, shown.name),
    email: firstText(email, shown.email),
    metadata: shown,
    claims: {},
    expiresAt: expiresAt === undefined ? undefined : timeOf(expiresAt),
  };
}

function firstText(...texts: readonly (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined && text.trim() !== "");
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
