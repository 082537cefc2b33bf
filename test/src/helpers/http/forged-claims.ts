import type { JWTPayload } from "jose";
import type { NamedToken, SigningKey } from "./forged-tokens.js";
import { signedRaw } from "./raw-tokens.js";

const now = (): number => Math.floor(Date.now() / 1000);

/** Claims that make a token good. */
interface Good extends JWTPayload {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
}

/** Tokens of the issuer's own key whose claims or header are no good, as texts that no serializer writes. */
export function forgedClaims({ secret, algorithm, id }: SigningKey, claims: Good): NamedToken[] {
  const header = { alg: algorithm, kid: id };
  const payloads = [...times(claims), ...repeated(claims), ...types(claims), ...lookalikes(claims), ...deep(claims)];
  return [
    ...payloads.map(
      (payload): NamedToken => [`claims ${payload.slice(0, 300)}`, signedRaw(secret, algorithm, { header, payload })],
    ),
    ...headers(algorithm, id).map(
      (text): NamedToken => [
        `header ${text}`,
        signedRaw(secret, algorithm, { header: text, payload: { ...claims, exp: now() + 3600 } }),
      ],
    ),
  ];
}

/** @param members as JSON has them, after those that make it good */
const withMembers = (claims: object, members: string): string => JSON.stringify(claims).replace(/\}$/, `,${members}}`);

/** Seconds since 1970 are numbers, and there is a last one that a date can have. */
function times(claims: Good): string[] {
  const at = now();
  const exp = `"exp":${at + 3600}`;
  const ends = [
    "1e400",
    "1E+999",
    "1e309",
    "-1e400",
    "1e16",
    "9007199254740993000",
    "-0",
    "0.0",
    "1e-5",
    `${at - 61}.5`,
  ];
  const texts = [
    `${at + 7200}`,
    `${at + 3600}.0`,
    ` ${at + 3600}`,
    "0x7fffffff",
    "Infinity",
    "NaN",
    "2099-01-01T00:00:00Z",
  ];
  const shapes = [`[${at + 7200}]`, `[[${at + 3600}]]`, `{"$numberLong":"${at + 3600}"}`, `{"seconds":${at + 3600}}`];
  return [
    ...[...ends, ...texts.map((text) => JSON.stringify(text)), ...shapes].map((value) => `"exp":${value}`),
    ...["1e400", "-1e400", "1e16", `"${at}"`, `[${at}]`, '{"seconds":1}', "false"].flatMap((value) => [
      `${exp},"nbf":${value}`,
      `${exp},"iat":${value}`,
    ]),
  ].map((members) => withMembers(claims, members));
}

/** Of members of the same name the last counts, whatever it is written with (RFC 7519 §4). */
function repeated(claims: Good): string[] {
  const at = now();
  const good = { ...claims, exp: at + 3600 };
  return [
    `"iss":"https://evil.example"`,
    `"i\\u0073s":"https://evil.example"`,
    `"aud":"evil"`,
    `"\\u0061ud":["evil"]`,
    `"sub":"eve"`,
    `"su\\u0062":"eve"`,
    `"exp":${at - 600}`,
    `"e\\u0078p":1`,
    `"nbf":${at + 600}`,
    `"nbf":1,"nbf":${at + 600}`,
    `"iat":1,"iat":${at + 600}`,
    `"iss":null`,
    `"aud":null`,
    `"exp":null`,
  ].map((members) => withMembers(good, members));
}

function types({ iss, aud, sub }: Good): string[] {
  const exp = now() + 3600;
  const good = { iss, aud, sub, exp };
  const inherited = [
    { exp, claims: good },
    { exp, constructor: { prototype: good } },
    { exp, payload: good },
  ].map((one) => JSON.stringify(one));
  const prototypes = [`{"__proto__":${JSON.stringify(good)}}`, `{"exp":${exp},"__proto__":${JSON.stringify(good)}}`];
  const without = (["iss", "aud", "sub"] as const).flatMap((name) => {
    const { [name]: value, ...rest } = good;
    return [
      rest,
      { ...rest, [name.toUpperCase()]: value },
      { ...rest, [`${name} `]: value },
      ...[true, 0, 1.5, [], {}, [[value]], [{ value }], { 0: value, length: 1 }, { toString: value }].map((wrong) => ({
        ...rest,
        [name]: wrong,
      })),
    ].map((one) => withMembers(one, `"__proto__":{"${name}":${JSON.stringify(value)}}`));
  });
  return [...inherited, ...prototypes, ...without];
}

/** Texts that look like the good one. */
function lookalikes(claims: Good): string[] {
  const good = { ...claims, exp: now() + 3600 };
  const subjects = [
    "аdа",
    "ada\u200b",
    "\ufeffada",
    "ada\u0000",
    "ada\n",
    "ada\r\n",
    "\u202eada",
    "ａｄａ",
    "%61da",
    "ada\u0301",
    "A\u0064a",
    "ada/../ada",
    "ada ada",
  ];
  return [
    ...subjects.map((sub) => ({ ...good, sub })),
    ...["flags\u200b", "ｆｌａｇｓ", "flags\u0000", "flags,other", "flags other", "f*", ".*", "flag"].map((aud) => ({
      ...good,
      aud,
    })),
    ...[
      "https://id.example.com:443",
      "https://id.example.com#",
      "https://id.example.com?x",
      "https://ID.example.com",
      "http://id.example.com",
      "https://id.example.com.evil.example",
      "https://evil.example/https://id.example.com",
      "https://id.example.com@evil.example",
    ].map((iss) => ({ ...good, iss })),
  ].map((one) => JSON.stringify(one));
}

/** Good for another audience only, and large. */
function deep(claims: Good): string[] {
  const other = { ...claims, exp: now() + 3600, aud: "other-instance" };
  return [
    ...[10, 500, 4000].flatMap((depth) => [
      `"deep":${"[".repeat(depth)}${"]".repeat(depth)}`,
      `"deep":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
    ]),
    `"wide":[${Array.from({ length: 3000 }, (_, index) => index).join()}]`,
    `"long":"${"x".repeat(20_000)}"`,
    `"number":${"9".repeat(5000)}`,
    `"unpaired":"\\ud800"`,
  ].map((members) => withMembers(other, members));
}

function headers(algorithm: string, id: string): string[] {
  const [alg, kid] = [JSON.stringify(algorithm), JSON.stringify(id)];
  const crits = [
    '["alg"]',
    '["kid"]',
    '["jwk"]',
    '[""]',
    "[null]",
    "[1]",
    '[["exp"]]',
    "{}",
    '"exp"',
    "true",
    "null",
    '["http://example.com/x"]',
    '["x","x"]',
    '["__proto__"]',
    '["toString"]',
  ];
  return [
    ...crits.map((crit) => `{"alg":${alg},"kid":${kid},"x":1,"crit":${crit}}`),
    ...[
      "none",
      algorithm.toLowerCase(),
      ` ${algorithm}`,
      `${algorithm} `,
      `${algorithm}\u0000`,
      `${algorithm},none`,
      "dir",
      "RSA-OAEP",
      "A128GCM",
      "HS256",
      "RS1",
      "ES256K",
      "__proto__",
      "toString",
    ].map((name) => `{"alg":${JSON.stringify(name)},"kid":${kid}}`),
    `{"alg":${alg},"alg":"none","kid":${kid}}`,
    `{"alg":${alg},"al\\u0067":"none","kid":${kid}}`,
    `{"alg":${alg},"kid":${kid},"kid":"another"}`,
    `{"__proto__":{"alg":${alg},"kid":${kid}}}`,
    `{"alg":{"__proto__":${alg}},"kid":${kid}}`,
    `{"ALG":${alg},"kid":${kid}}`,
    `{"alg":${alg},"kid":${kid}`,
    `{"alg":${alg},"kid":${kid}}}`,
    `[{"alg":${alg},"kid":${kid}}]`,
    `{'alg':${alg},"kid":${kid}}`,
    alg,
    "null",
    "",
  ];
}
