import { createHmac, createPrivateKey, type KeyObject, sign } from "node:crypto";
import { exportPKCS8, exportSPKI, type JWTPayload } from "jose";
import { damagedTokens, largeTokens, misplacedTokens, oddSignatures } from "./damaged-tokens.js";
import { forgedClaims } from "./forged-claims.js";
import {
  encryptedTokens,
  oddForms,
  oddPayloads,
  otherNames,
  type SigningKey,
  strangersTokens,
} from "./forged-tokens.js";
import { type IssuerKey, issuerKey, signed } from "./jwks-server.js";
import { encoded, type HostileToken } from "./raw-tokens.js";

/** Claims that make a token good; `iss` and `aud` are what the method asks for. */
export interface GoodClaims extends JWTPayload {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
}

const now = (): number => Math.floor(Date.now() / 1000);

/**
 * Tokens that are wrong in every way there is: algorithms, headers, times, claims, form, sizes.
 * @param elsewhere address of a server of somebody else's keys
 */
export async function hostileTokens(
  keys: readonly IssuerKey[],
  claims: GoodClaims,
  elsewhere: string,
): Promise<readonly HostileToken[]> {
  const [rsa] = keys.filter(({ algorithm }) => algorithm === "RS256");
  const [ec] = keys.filter(({ algorithm }) => algorithm === "ES256");
  if (rsa === undefined || ec === undefined) throw new Error("RS256 and ES256 are needed");
  const good = { ...claims, exp: now() + 3600 };
  const valid = await signed(rsa, good);
  const signing = await Promise.all(
    keys.map(
      async (key): Promise<SigningKey> => ({ ...key, secret: createPrivateKey(await exportPKCS8(key.privateKey)) }),
    ),
  );
  const some = signing.filter(({ algorithm }) => ["RS256", "ES256", "EdDSA"].includes(algorithm));
  const names = keys.map(({ id }) => id);
  const jwt: (readonly [what: string, token: string])[] = [
    ...strangersTokens(signing, good, elsewhere),
    ...some.flatMap((key) => [
      ...otherNames(
        key,
        good,
        names.filter((name) => name !== key.id),
      ),
      ...oddPayloads(key, good),
      ...oddForms(key, good),
    ]),
    ...some.slice(0, 1).flatMap((key) => forgedClaims(key, claims)),
    ...(await encryptedTokens(signing, good, valid)),
    ...unsigned(good),
    ...(await hmacs(rsa, good)),
    ...(await otherAlgorithms(keys, good)),
    ...(await ownKeys(rsa, good)),
    ...(await headers(rsa, good)),
    ...(await times(rsa, claims)),
    ...(await wrongClaims(rsa, good)),
    ...damagedTokens(valid),
    ...(await oddSignatures(ec, good)),
    ...largeTokens(valid),
  ];
  return [...jwt.map(([what, token]) => ({ what, authorization: `JWT ${token}` })), ...misplacedTokens(valid)];
}

function unsigned(good: JWTPayload): [string, string][] {
  return ["none", "None", "NONE", "nOnE", "", " ", "null", "RS256 "].flatMap((alg) =>
    ["", "AA", "e30"].map((signature): [string, string] => [
      `alg ${alg} with signature "${signature}"`,
      `${encoded({ alg, typ: "JWT" })}.${encoded(good)}.${signature}`,
    ]),
  );
}

/** The public key is known to everybody: as a secret it must not count. */
async function hmacs(key: IssuerKey, good: JWTPayload): Promise<[string, string][]> {
  const pem = await exportSPKI(key.publicKey);
  const secrets: [string, string | Buffer][] = [
    ["the PEM", pem],
    ["the PEM with a line break at its end", `${pem.trimEnd()}\n`],
    ["the PEM with CR LF", pem.replaceAll("\n", "\r\n")],
    ["the JWK", JSON.stringify(key.jwk)],
    ["the modulus", Buffer.from(key.jwk.n ?? "", "base64url")],
    ["nothing", ""],
  ];
  return secrets.flatMap(([name, secret]) =>
    ["256", "384", "512"].flatMap((size) =>
      [{}, { kid: key.id }].map((header): [string, string] => {
        const input = `${encoded({ alg: `HS${size}`, ...header })}.${encoded(good)}`;
        return [
          `HS${size} with ${name}, ${JSON.stringify(header)}`,
          `${input}.${createHmac(`sha${size}`, secret).update(input).digest("base64url")}`,
        ];
      }),
    ),
  );
}

/** Each key's signature under each other algorithm's name. */
async function otherAlgorithms(keys: readonly IssuerKey[], good: JWTPayload): Promise<[string, string][]> {
  const tokens: [string, string][] = [];
  const names = [...new Set(keys.map(({ algorithm }) => algorithm)), "ES256K", "RSA1_5", "HS256", "PBES2-HS256+A128KW"];
  for (const key of keys) {
    const [, payload, signature] = (await signed(key, good)).split(".");
    for (const alg of names.filter((name) => name !== key.algorithm)) {
      tokens.push([`${key.algorithm} as ${alg}`, `${encoded({ alg, kid: key.id })}.${payload}.${signature}`]);
    }
  }
  return tokens;
}

/** Keys that the token brings along. */
async function ownKeys(known: IssuerKey, good: JWTPayload): Promise<[string, string][]> {
  const own = await issuerKey("RS256", known.id);
  const { kid: _, ...jwk } = own.jwk;
  const headers: object[] = [
    {},
    { jwk },
    { jwk, kid: undefined },
    { jku: "http://127.0.0.1:1/keys" },
    { x5u: "http://127.0.0.1:1/cert" },
    { x5c: [Buffer.from("certificate").toString("base64")] },
    { kid: "../../../../dev/null" },
    { kid: "' OR 1=1 --" },
    { kid: "__proto__" },
    { kid: "" },
    { kid: "x".repeat(4000) },
    { kid: undefined },
  ];
  return Promise.all(
    headers.map(
      async (header): Promise<[string, string]> => [
        `another's key, ${JSON.stringify(header).slice(0, 60)}`,
        await signed(own, good, header),
      ],
    ),
  );
}

async function headers(key: IssuerKey, good: JWTPayload): Promise<[string, string][]> {
  const bad: object[] = [
    { alg: "RS256", kid: key.id, crit: ["exp"], exp: 1 },
    { alg: "RS256", kid: key.id, crit: ["x"], x: 1 },
    { alg: "RS256", kid: key.id, crit: [] },
    { alg: "RS256", kid: key.id, crit: "b64" },
    { alg: "RS256", kid: key.id, crit: ["b64"], b64: false },
    { alg: ["RS256"], kid: key.id },
    { alg: { name: "RS256" }, kid: key.id },
    { alg: 256, kid: key.id },
    { alg: null },
    { alg: true },
    { kid: key.id },
  ];
  const privateKey = createPrivateKey(await exportPKCS8(key.privateKey));
  return bad.map((header): [string, string] => {
    const input = `${encoded(header)}.${encoded(good)}`;
    return [
      `header ${JSON.stringify(header)}`,
      `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`,
    ];
  });
}

async function times(key: IssuerKey, claims: JWTPayload): Promise<[string, string][]> {
  const at = now();
  const bad: object[] = [
    ...[-120, -600, -86_400].map((offset) => ({ exp: at + offset })),
    ...[-1, 0, 1.5, -1e15].map((exp) => ({ exp })),
    ...["soon", String(at + 3600), "", [at + 3600], {}, null, true, false].map((exp) => ({ exp })),
    ...[300, 3600, 1e15].map((offset) => ({ exp: at + 7200, nbf: at + offset })),
    ...["now", [], {}, null, true].map((nbf) => ({ exp: at + 3600, nbf })),
    ...[300, 3600, 1e12].map((offset) => ({ exp: at + 7200, iat: at + offset })),
    ...["now", [], {}, null, true].map((iat) => ({ exp: at + 3600, iat })),
    {},
    { iat: at - 400 },
    { nbf: at - 400 },
    { iat: at - 4000, nbf: at - 400 },
  ];
  const privateKey = createPrivateKey(await exportPKCS8(key.privateKey));
  return bad.map((own): [string, string] => [
    `times ${JSON.stringify(own)}`,
    rawToken(key, privateKey, { ...claims, ...own }),
  ]);
}

function rawToken(key: IssuerKey, privateKey: KeyObject, payload: unknown): string {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const input = `${encoded({ alg: "RS256", kid: key.id })}.${Buffer.from(text).toString("base64url")}`;
  return `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
}

async function wrongClaims(key: IssuerKey, good: GoodClaims): Promise<[string, string][]> {
  const { iss, aud, sub } = good;
  const bad: unknown[] = [
    ...[`${iss}/`, iss.toUpperCase(), ` ${iss}`, `${iss} `, "", [iss], { iss }, null, 7, `${iss}\u0000`].map((one) => ({
      ...good,
      iss: one,
    })),
    ...[`${aud}s`, aud.toUpperCase(), "", [], [`${aud} `], { [aud]: true }, null, 7, [[aud]]].map((one) => ({
      ...good,
      aud: one,
    })),
    ...[`${sub}x`, sub.toUpperCase(), "", [sub], null, 7].map((one) => ({ ...good, sub: one })),
    { exp: good.exp },
    "",
    "null",
    "[]",
    "7",
    '"text"',
    "{",
    "{}",
    "not json",
    `{"exp":${now() + 3600}`,
    "[".repeat(3000),
  ];
  const privateKey = createPrivateKey(await exportPKCS8(key.privateKey));
  return bad.map((payload, index): [string, string] => [
    `claims ${index}: ${JSON.stringify(payload).slice(0, 80)}`,
    rawToken(key, privateKey, payload),
  ]);
}
