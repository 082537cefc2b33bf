import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { deflateRawSync, gzipSync } from "node:zlib";
import { CompactEncrypt, type CryptoKey, importJWK, type JWK, type JWTPayload } from "jose";
import type { IssuerKey } from "./jwks-server.js";
import { encoded, signature, signedRaw } from "./raw-tokens.js";

export type NamedToken = readonly [what: string, token: string];

/** An issuer's key with its private part as Node.js has it. */
export interface SigningKey extends IssuerKey {
  readonly secret: KeyObject;
}

/** Keys of somebody else, of each kind that the issuer has. */
const STRANGERS: readonly (readonly [kind: RegExp, make: () => KeyObject])[] = [
  [/^(?:RS|PS)/, () => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey],
  [/^ES256/, () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey],
  [/^ES384/, () => generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey],
  [/^ES512/, () => generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey],
  [/^EdDSA/, () => generateKeyPairSync("ed25519").privateKey],
];

/**
 * Tokens that somebody else has signed, in the name of each key of the issuer.
 * @param elsewhere address of a server with the stranger's keys
 */
export function strangersTokens(keys: readonly SigningKey[], good: JWTPayload, elsewhere: string): NamedToken[] {
  const made = new Map<RegExp, KeyObject>();
  return keys.flatMap(({ algorithm, id }) => {
    const [kind, make] = STRANGERS.find(([pattern]) => pattern.test(algorithm)) ?? [];
    if (kind === undefined || make === undefined) return [];
    const own = made.get(kind) ?? make();
    made.set(kind, own);
    const jwk = { ...own.export({ format: "jwk" }), d: undefined, kid: id, use: "sig" };
    const headers: object[] = [
      { kid: id },
      {},
      { kid: `${elsewhere}#${id}` },
      { kid: id, jku: elsewhere },
      { kid: id, x5u: elsewhere },
      { jwk },
      { kid: id, jwk, jku: elsewhere },
      { kid: id, x5c: [encoded(jwk)], "x5t#S256": encoded(id) },
    ];
    return headers.map(
      (header, index): NamedToken => [
        `a stranger's ${algorithm}, header ${index}`,
        signedRaw(own, algorithm, { header: { alg: algorithm, ...header }, payload: good }),
      ],
    );
  });
}

/** Tokens of the issuer's own key whose header names another one, or no key at all. */
export function otherNames(
  { secret, algorithm }: SigningKey,
  good: JWTPayload,
  others: readonly string[],
): NamedToken[] {
  const names: unknown[] = [
    ...others,
    "../../etc/passwd",
    "/dev/null",
    "file:///dev/null",
    "http://127.0.0.1:1/key",
    "__proto__",
    "constructor",
    "toString",
    "key\u0000",
    "key\nkid: other",
    "",
    " ",
    "k".repeat(2000),
    7,
    null,
    true,
    ["key"],
    { kid: "key" },
  ];
  return names.map(
    (kid): NamedToken => [
      `kid ${JSON.stringify(kid).slice(0, 40)}`,
      signedRaw(secret, algorithm, { header: { alg: algorithm, kid }, payload: good }),
    ],
  );
}

/** Encrypted for the issuer, who is the only one that could read it: who sent it nobody knows. */
export async function encryptedTokens(
  keys: readonly SigningKey[],
  good: JWTPayload,
  valid: string,
): Promise<NamedToken[]> {
  const encrypt = async (alg: string, key: KeyObject | Uint8Array | CryptoKey): Promise<NamedToken[]> =>
    Promise.all(
      (["A128GCM", "A256GCM", "A128CBC-HS256"] as const).flatMap((enc) =>
        [JSON.stringify(good), valid].map(async (text): Promise<NamedToken> => {
          const made = new CompactEncrypt(Buffer.from(text)).setProtectedHeader({ alg, enc, cty: "JWT", kid: "key" });
          return [`${alg} ${enc} of ${text === valid ? "a good token" : "claims"}`, await made.encrypt(key)];
        }),
      ),
    );
  const publicKey = (name: string, alg: string): Promise<CryptoKey | Uint8Array> => {
    const { alg: _, use: __, ...jwk } = keys.find(({ algorithm }) => algorithm === name)?.jwk ?? {};
    return importJWK(jwk as JWK, alg);
  };
  const all = [
    ...["RSA-OAEP", "RSA-OAEP-256"].map(async (alg) => encrypt(alg, await publicKey("RS256", alg))),
    ...["ECDH-ES", "ECDH-ES+A128KW"].map(async (alg) => encrypt(alg, await publicKey("ES256", alg))),
    encrypt("PBES2-HS256+A128KW", Buffer.from(JSON.stringify(keys[0]?.jwk))),
  ];
  return (await Promise.all(all)).flat();
}

/** Payloads that are not where a token has them, or not as it has them. */
export function oddPayloads({ secret, algorithm, id }: SigningKey, good: JWTPayload): NamedToken[] {
  const header = { alg: algorithm, kid: id };
  const [head, text] = [encoded(header), JSON.stringify(good)];
  const raw = { ...header, b64: false, crit: ["b64"] };
  const unencoded = (payload: string): string =>
    `${encoded(raw)}.${payload}.${signature(secret, algorithm, `${encoded(raw)}.${payload}`).toString("base64url")}`;
  const of = (payload: unknown, more: object = {}): string =>
    signedRaw(secret, algorithm, { header: { ...header, ...more }, payload });
  const valid = of(good);
  const [, body = "", proof = ""] = valid.split(".");
  return [
    [`${algorithm} detached`, `${head}..${proof}`],
    [`${algorithm} not encoded`, unencoded(text.replaceAll(".", ""))],
    [`${algorithm} not encoded, though base64`, unencoded(body)],
    [
      `${algorithm} not encoded and detached`,
      `${encoded(raw)}..${signature(secret, algorithm, `${encoded(raw)}.${text}`).toString("base64url")}`,
    ],
    [`${algorithm} b64 without crit`, of(good, { b64: false })],
    [`${algorithm} deflated`, of(deflateRawSync(text), { zip: "DEF" })],
    [`${algorithm} gzipped`, of(gzipSync(text), { zip: "GZIP" })],
    [`${algorithm} encoded twice`, of(encoded(text))],
    [`${algorithm} within a token`, of(valid, { cty: "JWT" })],
    [`${algorithm} within a list`, of([good])],
    [`${algorithm} within a text`, of(JSON.stringify(text))],
    [`${algorithm} in UTF-16`, of(Buffer.from(text, "utf16le"))],
    [`${algorithm} with something after it`, of(`${text} x`)],
    [`${algorithm} twice`, of(text + text)],
    [`${algorithm} with a comment`, of(`/* */${text}`)],
    [`${algorithm} with a comma too many`, of(text.replace(/\}$/, ",}"))],
    [`${algorithm} in single quotes`, of(text.replaceAll('"', "'"))],
    [`${algorithm} with NaN`, of(text.replace(/\}$/, ',"nbf":NaN}'))],
  ];
}

/** A good token that is written in another way: what is not base64url (RFC 7515 §2) is no token. */
export function oddForms({ secret, algorithm, id }: SigningKey, good: JWTPayload): NamedToken[] {
  const valid = signedRaw(secret, algorithm, {
    header: { alg: algorithm, kid: id },
    payload: { ...good, x: "?>?>~~" },
  });
  const parts = valid.split(".");
  const each = (what: string, change: (part: string) => string): NamedToken[] =>
    parts.map(
      (_, at): NamedToken => [
        `${algorithm} ${what} in part ${at}`,
        parts.map((part, index) => (index === at ? change(part) : part)).join("."),
      ],
    );
  const last = valid.at(-1) ?? "";
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // The last letter of 256 or 64 bytes has bits that say nothing.
  const twin = alphabet[alphabet.indexOf(last) ^ 1] ?? "";
  return [
    ...each("with padding", (part) => `${part}=`),
    ...each("with more padding", (part) => `${part}==`),
    ...each("with a blank", (part) => `${part.slice(0, 4)} ${part.slice(4)}`),
    ...each("with a tab", (part) => `${part.slice(0, 4)}\t${part.slice(4)}`),
    ...each("with a percent sign", (part) => `${part.slice(0, 4)}%20${part.slice(4)}`),
    ...each("with a tilde", (part) => `${part}~`),
    ...each("in the other alphabet", (part) => `${part.replaceAll("-", "+").replaceAll("_", "/")}+`),
    [
      `${algorithm} in the other alphabet`,
      `${parts[0]}.${parts[1]}.${Buffer.from(parts[2] ?? "", "base64url").toString("base64")}`,
    ],
    [`${algorithm} with idle bits`, `${valid.slice(0, -1)}${twin}`],
    [`${algorithm} with commas`, parts.join(",")],
    [`${algorithm} with a fourth part`, `${valid}.${parts[2]}`],
  ];
}
