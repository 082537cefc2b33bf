import { createPrivateKey, sign } from "node:crypto";
import { exportPKCS8, type JWTPayload } from "jose";
import type { IssuerKey } from "./jwks-server.js";
import { encoded, type HostileToken } from "./raw-tokens.js";

/** Bits turned over of a part; none is shorter than so many bytes. */
const FLIPS = 40;

/** Bits turned over in each part, and forms that are no token. */
export function damagedTokens(valid: string): [string, string][] {
  const [header = "", payload = "", signature = ""] = valid.split(".");
  // No two at the same place, however long the part is.
  const flipped = (part: string, turn: number): string => {
    const bytes = Buffer.from(part, "base64url");
    const index = Math.floor((turn * bytes.length) / FLIPS);
    bytes[index] = (bytes[index] ?? 0) ^ (1 << (turn % 8));
    return bytes.toString("base64url");
  };
  const flips = Array.from({ length: FLIPS }, (_, turn): [string, string][] => [
    [`bit ${turn} of the payload`, `${header}.${flipped(payload, turn)}.${signature}`],
    [`bit ${turn} of the signature`, `${header}.${payload}.${flipped(signature, turn)}`],
  ]).flat();
  const forms = [
    "",
    ".",
    "..",
    "...",
    header,
    `${header}.${payload}`,
    `${header}.${payload}.`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
    `${valid}.x`,
    `${valid}.`,
    `${valid}..`,
    `x.${valid}`,
    `${header}.${payload}.${signature.slice(0, -8)}`,
    `${header}.${payload}.${signature}AAAA`,
    `${header}.${payload}.${"A".repeat(signature.length)}`,
    `${header} .${payload}.${signature}`,
    `"${valid}"`,
    `${valid},${valid}`,
    JSON.stringify({ payload, protected: header, signature }),
  ];
  return [...flips, ...forms.map((form): [string, string] => [`form ${form.slice(0, 20)}… of ${form.length}`, form])];
}

/** As OpenSSL writes signatures of elliptic curves: JOSE wants the other form (RFC 7518 §3.4). */
export async function oddSignatures(key: IssuerKey, good: JWTPayload): Promise<[string, string][]> {
  const privateKey = createPrivateKey(await exportPKCS8(key.privateKey));
  const input = `${encoded({ alg: "ES256", kid: key.id })}.${encoded(good)}`;
  const der = sign("sha256", Buffer.from(input), { key: privateKey, dsaEncoding: "der" }).toString("base64url");
  const zeros = Buffer.alloc(64).toString("base64url");
  return [
    ["a DER signature", `${input}.${der}`],
    ["a signature of zeros", `${input}.${zeros}`],
  ];
}

export function largeTokens(valid: string): [string, string][] {
  const [header = "", payload = "", signature = ""] = valid.split(".");
  return [1000, 8000, 16_000, 40_000].flatMap((length): [string, string][] => [
    [`${length} of nothing`, "A".repeat(length)],
    [`payload of ${length}`, `${header}.${payload}${"A".repeat(length)}.${signature}`],
    [`signature of ${length}`, `${header}.${payload}.${signature}${"A".repeat(length)}`],
    [`${length} dots`, ".".repeat(length)],
  ]);
}

/** A good token in the wrong place. */
export function misplacedTokens(valid: string): readonly HostileToken[] {
  const words = ["Bearer", "jwt", "Jwt", "JWT:", "Basic", "Token", "JWT  ", "JWT\t", " JWT x", "DPoP", ""];
  return [
    ...words.map((word) => ({ what: `scheme "${word}"`, authorization: `${word} ${valid}` })),
    { what: "the token alone", authorization: valid },
    { what: "the scheme alone", authorization: "JWT" },
    { what: "the cookie", cookie: `flipt_client_token=${valid}` },
    { what: "the cookie beside a bad header", authorization: "Bearer x", cookie: `flipt_client_token=${valid}` },
  ];
}
