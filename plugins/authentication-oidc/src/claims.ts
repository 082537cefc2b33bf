import { type Identity, pointedAt } from "@vexil/plugin-api";

export type Claims = Readonly<Record<string, unknown>>;

/** Attributes of a user, as the claims have them. */
export interface Attributes {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly picture?: string | undefined;
  readonly profile?: string | undefined;
  readonly sub?: string | undefined;
  readonly role?: string | undefined;
}

/** Claims of one login only, which say nothing about the user. */
const OF_THE_LOGIN: ReadonlySet<string> = new Set(["nonce", "at_hash", "c_hash", "s_hash"]);

/** @param mapping attribute to JSON Pointer, which takes the place of the claim of that name; "": not at all */
export function attributesOf(claims: Claims, mapping: Readonly<Record<string, string>>): Attributes {
  const attributeOf = (attribute: string, pointer: string | undefined): string | undefined => {
    const own = mapping[attribute] ?? pointer;
    return own === undefined || own === "" ? undefined : textOf(pointedAt(claims, own));
  };
  return {
    email: attributeOf("email", "/email"),
    name: attributeOf("name", "/name"),
    picture: attributeOf("picture", "/picture"),
    profile: attributeOf("profile", "/profile"),
    sub: attributeOf("sub", "/sub"),
    role: attributeOf("role", undefined),
  };
}

/** Identity of a user whose claims are verified. */
export function identityOf(provider: string, claims: Claims, attributes: Attributes): Identity {
  const own = Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_THE_LOGIN.has(name)));
  const { email, name, picture } = attributes;
  const verified = claims.email_verified;
  const metadata: Readonly<Record<string, string | undefined>> = {
    "io.flipt.auth.oidc.provider": provider,
    ...prefixed("io.flipt.auth.oidc.", attributes),
    "io.flipt.auth.oidc.email_verified": typeof verified === "boolean" ? String(verified) : textOf(verified),
    ...prefixed("io.flipt.auth.", { email, name, picture }),
    "io.flipt.auth.claims": JSON.stringify(own),
  };
  return {
    subject: String(claims.sub),
    name,
    email,
    metadata: Object.fromEntries(
      Object.entries(metadata).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
    claims: own,
  };
}

function prefixed(prefix: string, attributes: Attributes): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [prefix + name, value]));
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
