import { type Identity, pointedAt } from "@vexil/plugin-api";
import type { JWTPayload } from "jose";
import { ATTRIBUTES } from "./settings.js";

const PREFIX = "io.flipt.auth";

/** Where attributes are found unless told: a claim `user` with the fields of the same name, but for the picture. */
const POINTERS: Readonly<Record<(typeof ATTRIBUTES)[number], string>> = {
  email: "/user/email",
  sub: "/user/sub",
  picture: "/user/image",
  name: "/user/name",
  role: "/user/role",
};

/** The identity that verified claims tell of. */
export function identityOf(claims: JWTPayload, mapping: Readonly<Record<string, string>>, expiresAt: number): Identity {
  const attributes: Record<string, string> = {};
  const texts: Record<string, string> = {};
  for (const attribute of ATTRIBUTES) {
    const pointer = mapping[attribute] ?? POINTERS[attribute];
    const value = pointer === "" ? undefined : pointedAt(claims, pointer);
    if (value !== undefined && value !== null) attributes[attribute] = textOf(value);
    if (typeof value === "string" && value.trim() !== "") texts[attribute] = value;
  }
  // What is no text names nobody, though metadata show it.
  const person = (attribute: "email" | "name"): string | undefined => {
    const claim = mapping[attribute] === undefined ? claims[attribute] : undefined;
    return texts[attribute] ?? (typeof claim === "string" ? claim : undefined);
  };
  return {
    subject: claims.sub ?? attributes.sub ?? "",
    name: person("name"),
    email: person("email"),
    metadata: metadataOf(claims, attributes),
    claims,
    expiresAt,
  };
}

function metadataOf(claims: JWTPayload, attributes: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(claims).filter(([name]) => name.startsWith(PREFIX));
  return {
    ...Object.fromEntries(own.map(([name, value]) => [name, textOf(value)])),
    ...(claims.iss === undefined ? {} : { [`${PREFIX}.jwt.issuer`]: claims.iss }),
    ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`${PREFIX}.jwt.${name}`, value])),
    // Last: a claim of that name does not count.
    [`${PREFIX}.claims`]: JSON.stringify(claims),
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
