const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = encoded({ sub: "root", exp: 4_102_444_800, iss: "https://id.example.com" });

/** Credentials that no method may take, however it works. */
export const HOSTILE_CREDENTIALS: readonly string[] = [
  "",
  " ",
  "x",
  "a.b.c",
  "....",
  "%00",
  "🔑",
  "__proto__",
  "null",
  `${encoded({ alg: "none" })}.${claims}.`,
  `${encoded({ alg: "HS256", kid: "../../etc/passwd" })}.${claims}.${encoded("x")}`,
  `${encoded({ alg: "RS256", jku: "http://127.0.0.1:1/" })}.${claims}.${encoded("x")}`,
  `${encoded({ alg: "RS256", crit: ["x"], x: 1 })}.${claims}.${encoded("x")}`,
  `${encoded([])}.${encoded(null)}.`,
  `${"[".repeat(10_000)}`,
  `${encoded({ alg: "RS256" })}.${"A".repeat(2 ** 20)}.x`,
];
