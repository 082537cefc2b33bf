import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import jwt from "@vexil/authentication-jwt";
import type { MethodConfig } from "@vexil/config/config";
import { authenticationConformance, RecordingLogger } from "@vexil/plugin-api/testing";
import test, { type ExecutionContext } from "ava";
import { SignJWT } from "jose";
import { deadline, makeMethod } from "../helpers/access/make-method.js";
import { eventually } from "../helpers/daemon/daemon.js";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { hostileTokens } from "../helpers/http/hostile-tokens.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { type IssuerKey, issuerKey, type JwksServer, signed, startJwksServer } from "../helpers/http/jwks-server.js";
import { plainConfig } from "../helpers/http/plain-config.js";
import { holdsCase } from "../helpers/plugins/conformance-case.js";

const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const KEYS = Promise.all(ALGORITHMS.map((algorithm) => issuerKey(algorithm, `key of ${algorithm}`)));
const CLAIMS = { iss: "https://id.example.com", aud: "flags", sub: "ada" };

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

interface Started {
  readonly jwks: JwksServer;
  readonly logger: RecordingLogger;
  readonly url: string;
  readonly self: (headers: Readonly<Record<string, string>>) => Promise<Answer>;
  /** Status of a request with this token. */
  readonly status: (token: string) => Promise<number>;
}

function method(settings: Readonly<Record<string, unknown>>): MethodConfig {
  return { method: "jwt", settings, path: "authentication.methods.jwt" };
}

async function start(
  t: ExecutionContext,
  keys: readonly IssuerKey[],
  settings: Readonly<Record<string, unknown>> = {},
  workers = 1,
): Promise<Started> {
  const jwks = await startJwksServer(t, keys);
  const logger = new RecordingLogger();
  const source = "public_key_file" in settings ? {} : { jwks_url: jwks.url };
  const { url } = await startTestServer(t, {
    logger,
    serverConfig: { workers },
    config: {
      authentication: {
        ...plainConfig().authentication,
        required: true,
        methods: [method({ ...source, ...settings })],
      },
    },
  });
  const self = async (headers: Readonly<Record<string, string>>): Promise<Answer> => {
    // A connection of its own: on a busy machine one that is kept may end just then.
    const response = await fetch(`${url}/auth/v1/self`, { headers: { ...headers, connection: "close" } });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  };
  const status = async (token: string): Promise<number> => (await self({ authorization: `JWT ${token}` })).status;
  const [first] = keys;
  // The first fetch may come too late on a busy machine.
  if (first !== undefined) {
    await eventually(
      async () => status(await signed(first, CLAIMS)),
      (seen) => seen === 200,
    );
  }
  return { jwks, logger, url, self, status };
}

const conformanceKey = await issuerKey("RS256", "k");
const undo: (() => unknown)[] = [];
const conformanceServer = await startJwksServer({ teardown: (one) => void undo.push(one) }, [conformanceKey]);
test.after.always(() => {
  for (const one of undo) one();
});
for (const one of authenticationConformance(
  jwt,
  { jwks_url: conformanceServer.url },
  { credential: async () => ({ scheme: "JWT", value: await signed(conformanceKey) }) },
)) {
  test.serial(`jwt ${one.title}`, (t) => holdsCase(t, one));
}

test.serial("tokens of every accepted algorithm are let in, by a key set and in each process", async (t) => {
  const keys = await KEYS;
  for (const workers of [1, 2]) {
    const { status } = await start(t, keys, {}, workers);
    for (const key of keys) {
      t.is(await status(await signed(key)), 200, key.algorithm);
      t.is(await status(await signed(key, {}, { kid: undefined })), 200, `${key.algorithm} without kid`);
    }
  }
});

test.serial("hundreds of hostile tokens are refused alike, none is logged, and good ones go on", async (t) => {
  const keys = await KEYS;
  const validate = { issuer: CLAIMS.iss, subject: CLAIMS.sub, audiences: ["other", CLAIMS.aud] };
  const { self, status, logger, jwks, url } = await start(t, keys, { validate_claims: validate });
  const [good] = keys;
  if (good === undefined) throw new Error("no key");
  const valid = await signed(good, CLAIMS);
  t.is(await status(valid), 200);
  const elsewhere = await startJwksServer(t, keys);
  const made = await hostileTokens(keys, CLAIMS, elsewhere.url);
  // Signatures are others in each run, and two ways to damage one may come to the same.
  const distinct = new Map(made.map((token) => [`${token.authorization} ${token.cookie}`, token]));
  const tokens = [...distinct.values()];
  t.true(tokens.length >= 800 && made.length - tokens.length < 5, `${tokens.length} of ${made.length} tokens`);
  t.log(`${tokens.length} hostile tokens`);
  const told = (): number => logger.text().split("auth.refused").length;
  for (const { what, authorization, cookie } of tokens) {
    const before = told();
    const answer = await self({ ...(authorization && { authorization }), ...(cookie && { cookie }) });
    t.is(answer.status, 401, what);
    t.deepEqual(answer.body, { code: 16, message: "request was not authenticated", details: [] }, what);
    t.true(told() - before <= 1, what);
  }
  t.is(elsewhere.requests, 0, "keys that a token names are not fetched");
  t.is(await status(valid), 200);
  t.is((await fetch(`${url}/health`)).status, 200);
  const log = logger.text();
  for (const { authorization = "" } of tokens) {
    const token = authorization.slice(authorization.indexOf(" ") + 1);
    if (token.length > 40) t.false(log.includes(token), "a token was logged");
  }
  t.true(log.includes("auth.refused"));
  // The keys' server is asked now and then, and not by every token.
  t.true(jwks.requests < tokens.length / 10, `${jwks.requests} requests`);
});

test.serial("a token of 12 kB is let in", async (t) => {
  const key = await issuerKey("RS256", "a");
  const { status } = await start(t, [key]);
  const token = await signed(key, {
    groups: Array.from({ length: 400 }, (_, index) => `group-${index}-of-the-company`),
  });
  t.true(token.length > 12_000, String(token.length));
  t.is(await status(token), 200);
});

test.serial(
  "clocks may differ by a minute, and a token without an end has one 150 s after its beginning",
  async (t) => {
    const key = await issuerKey("ES256", "a");
    const { status } = await start(t, [key]);
    const now = Math.floor(Date.now() / 1000);
    const of = (claims: object): Promise<string> =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: "ES256", kid: "a" }).sign(key.privateKey);
    const outcomes: [claims: object, status: number][] = [
      [{ exp: now - 30 }, 200],
      [{ exp: now - 90 }, 401],
      [{ exp: now + 100_000 }, 200],
      [{ exp: now + 60, nbf: now + 40 }, 200],
      [{ exp: now + 600, nbf: now + 120 }, 401],
      [{ exp: now + 60, iat: now + 40 }, 200],
      [{ exp: now + 600, iat: now + 120 }, 401],
      [{ iat: now - 100 }, 200],
      [{ iat: now - 300 }, 401],
      [{ iat: now - 300, nbf: now - 100 }, 200],
      [{ sub: "ada" }, 401],
    ];
    for (const [claims, expected] of outcomes) t.is(await status(await of(claims)), expected, JSON.stringify(claims));
  },
);

test.serial("claims are shown as metadata, mapped by pointers, and cannot pass for others", async (t) => {
  const key = await issuerKey("EdDSA", "a");
  const claims = {
    ...CLAIMS,
    user: { email: "ada@example.com", name: "Ada", image: "https://x/a.png", "a/b": { "~": [0, "second"] } },
    "io.flipt.auth.role": "admin",
    "io.flipt.auth.claims": "forged",
    exp: Math.floor(Date.now() / 1000) + 600,
  };
  const mapping = { role: "/user/a~1b/~0/1", picture: "" };
  const { self } = await start(t, [key], { claims_mapping: mapping });
  const { body } = await self({ authorization: `JWT ${await signed(key, claims)}` });
  t.like(body, { id: "", method: "METHOD_JWT" });
  t.false("expiresAt" in body || "createdAt" in body);
  const { "io.flipt.auth.claims": all = "", ...rest } = body.metadata as Record<string, string>;
  t.deepEqual(JSON.parse(all), claims);
  t.deepEqual(rest, {
    "io.flipt.auth.role": "admin",
    "io.flipt.auth.jwt.issuer": CLAIMS.iss,
    "io.flipt.auth.jwt.email": "ada@example.com",
    "io.flipt.auth.jwt.name": "Ada",
    "io.flipt.auth.jwt.role": "second",
  });
});

test.serial("the key of a PEM file counts, Ed25519 included, and a file without one stops the start", async (t) => {
  const directory = await temporaryDirectory(t);
  const pairs = {
    ed25519: generateKeyPairSync("ed25519"),
    rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
    ec: generateKeyPairSync("ec", { namedCurve: "P-384" }),
  };
  const algorithms = { ed25519: "EdDSA", rsa: "PS384", ec: "ES384" };
  for (const [name, { publicKey, privateKey }] of Object.entries(pairs)) {
    const file = join(directory, `${name}.pem`);
    await writeFile(file, publicKey.export({ type: "spki", format: "pem" }));
    const { status } = await start(t, [], { public_key_file: file });
    const token = await new SignJWT({ sub: "ada" })
      .setProtectedHeader({ alg: algorithms[name as keyof typeof algorithms], kid: "any" })
      .setIssuedAt()
      .sign(privateKey);
    t.is(await status(token), 200, name);
  }
  await writeFile(join(directory, "bad.pem"), "no key");
  await t.throwsAsync(start(t, [], { public_key_file: join(directory, "bad.pem") }), { message: /no public key/ });
  await t.throwsAsync(start(t, [], { public_key_file: join(directory, "none.pem") }), { message: /no such file/ });
});

// Processes of two servers of one test process hear each other, so one after the other.
test.serial(
  "a key file that is replaced counts soon, also while the daemon goes on as it was configured",
  async (t) => {
    const file = join(await temporaryDirectory(t), "issuer.pem");
    const pairs = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")] as const;
    const put = ({ publicKey }: (typeof pairs)[number]): Promise<void> =>
      writeFile(file, publicKey.export({ type: "spki", format: "pem" }));
    const tokenOf = ({ privateKey }: (typeof pairs)[number]): Promise<string> =>
      new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "EdDSA" }).setIssuedAt().sign(privateKey);
    await put(pairs[0]);
    const { status, logger } = await start(t, [], { public_key_file: file }, 2);
    const [old, fresh] = [await tokenOf(pairs[0]), await tokenOf(pairs[1])];
    t.is(await status(old), 200);
    t.is(await status(fresh), 401);
    await put(pairs[1]);
    const until = (token: string, wanted: number): Promise<number> =>
      eventually(
        () => status(token),
        (seen) => seen === wanted,
        30_000,
      );
    // The old one had been let in: that was forgotten with its key.
    t.is(await until(old, 401), 401);
    t.is(await until(fresh, 200), 200);
    await writeFile(file, "no key");
    await eventually(
      async () => logger.text().includes("keys.unread"),
      (told) => told,
      30_000,
    );
    t.is(await status(fresh), 200, "the last good key counts");
  },
);

test("why a token was refused is said in words of our own", async (t) => {
  const key = await issuerKey("ES256", "a");
  const { status, logger } = await start(t, [key], { validate_claims: { issuer: CLAIMS.iss } });
  const [header = "", ...rest] = (await signed(key, CLAIMS)).split(".");
  const odd = { ...JSON.parse(Buffer.from(header, "base64url").toString()), crit: ["canary-3b1f"], "canary-3b1f": 1 };
  t.is(await status([Buffer.from(JSON.stringify(odd)).toString("base64url"), ...rest].join(".")), 401);
  t.is(await status(await signed(key, { ...CLAIMS, iss: "canary-77aa" })), 401);
  const other = { ...JSON.parse(Buffer.from(header, "base64url").toString()), alg: "canary-19cd" };
  t.is(await status([Buffer.from(JSON.stringify(other)).toString("base64url"), ...rest].join(".")), 401);
  t.false(logger.text().includes("canary-"));
  t.true(logger.text().includes("iss is not as it has to be"));
});

test("claims that are registered are of their kinds, whether they are looked at or not", async (t) => {
  const key = await issuerKey("ES256", "a");
  const { status } = await start(t, [key]);
  for (const wrong of [7, true, null, {}, [7], [["ada"]], { toString: "ada" }]) {
    for (const name of ["sub", "iss", "aud", "jti"]) {
      const claims = { [name]: wrong };
      t.is(await status(await signed(key, claims)), 401, JSON.stringify(claims));
    }
  }
  t.is(await status(await signed(key, { aud: ["other", "flags"], iss: "x", jti: "1" })), 200);
});

test("an RSA key that is too short is left out, and keeps no other from being tried", async (t) => {
  const key = await issuerKey("RS256", "a");
  const short = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const { status, jwks } = await start(t, []);
  jwks.keys = [short.publicKey.export({ format: "jwk" }), { ...key.jwk, kid: undefined }];
  const token = await signed(key, {}, { kid: undefined });
  t.is(
    await eventually(
      () => status(token),
      (seen) => seen === 200,
    ),
    200,
  );
  const file = join(await temporaryDirectory(t), "short.pem");
  await writeFile(file, short.publicKey.export({ type: "spki", format: "pem" }));
  await t.throwsAsync(start(t, [], { public_key_file: file }), { message: /2048 bits/ });
});

test("an unknown key makes one request however many ask, and a new key counts soon", async (t) => {
  const [old, fresh] = await Promise.all([issuerKey("RS256", "old"), issuerKey("RS256", "new")]);
  const { status, jwks } = await start(t, [old]);
  t.is(await status(await signed(old)), 200);
  const before = jwks.requests;
  const burst = await Promise.all(Array.from({ length: 60 }, async (_, n) => status(await signed(fresh, { n }))));
  t.deepEqual([...new Set(burst)], [401]);
  t.true(jwks.requests - before <= 5, `${jwks.requests - before} requests`);
  jwks.keys = [fresh.jwk];
  const token = await signed(fresh);
  t.is(
    await eventually(
      () => status(token),
      (seen) => seen === 200,
    ),
    200,
  );
  // The old one was withdrawn with the same answer.
  t.is(await status(await signed(old, { n: "another" })), 401);
});

test("a server of keys that fails or answers nonsense leaves the last good keys", async (t) => {
  const [key, unknown] = await Promise.all([issuerKey("RS256", "a"), issuerKey("RS256", "b")]);
  const faults: NonNullable<JwksServer["fault"]>[] = [
    (response) => response.writeHead(500).end(JSON.stringify({ keys: [unknown.jwk] })),
    (response) => response.writeHead(302, { location: "/other" }).end(),
    (response) => response.setHeader("content-type", "text/html").end("<html>maintenance</html>"),
    (response) => response.end(JSON.stringify({ keys: [] })),
    (response) =>
      response.end(JSON.stringify({ keys: [{ kty: "oct", k: "AAAA", kid: "a" }, { kty: "XYZ" }, null, 7] })),
    (response) => response.destroy(),
  ];
  // A server each: keys are not asked for again for a while.
  const check = async (fault: (typeof faults)[number], index: number): Promise<void> => {
    const { status, jwks } = await start(t, [key]);
    t.is(await status(await signed(key)), 200);
    jwks.fault = fault;
    const before = jwks.requests;
    const bad = await eventually(
      async () => status(await signed(unknown, { n: Math.random() })),
      () => jwks.requests > before,
    );
    t.is(bad, 401, String(index));
    t.is(await status(await signed(key, { index })), 200, String(index));
  };
  await Promise.all(faults.map(check));
});

test.serial(
  "while the server of keys hangs, those who need it are refused in time, and the others go on",
  async (t) => {
    const [key, unknown] = await Promise.all([issuerKey("RS256", "a"), issuerKey("RS256", "b")]);
    const { status, jwks } = await start(t, [key], {}, 2);
    t.is(await status(await signed(key)), 200);
    jwks.fault = () => {};
    const hanging = eventually(
      async () => status(await signed(unknown, { n: Math.random() })),
      () => jwks.requests > 1,
    );
    await eventually(
      async () => jwks.requests,
      (requests) => requests > 1,
    );
    t.is(await status(await signed(key, { n: 1 })), 200);
    t.is(await hanging, 401);
  },
);

test("keys that cannot be used are left out of a set, and the others count", async (t) => {
  const key = await issuerKey("RS256", "a");
  const { status, jwks } = await start(t, []);
  jwks.keys = [
    { kty: "oct", k: "AAAA" },
    { kty: "XYZ", kid: "a" },
    null,
    { ...key.jwk, use: "enc" },
    { ...key.jwk, alg: undefined },
  ];
  const token = await signed(key);
  t.is(
    await eventually(
      () => status(token),
      (seen) => seen === 200,
    ),
    200,
  );
});

test("a daemon starts while the server of keys is away, says so once, and lets in when it is there", async (t) => {
  const key = await issuerKey("RS256", "a");
  const jwks = await startJwksServer(t, [key]);
  jwks.fault = (response) => void response.writeHead(503).end();
  const logger = new RecordingLogger();
  const methods = [method({ jwks_url: jwks.url })];
  const { url } = await startTestServer(t, {
    logger,
    config: { authentication: { ...plainConfig().authentication, required: true, methods } },
  });
  const status = async (): Promise<number> =>
    (
      await fetch(`${url}/auth/v1/self`, {
        headers: { authorization: `JWT ${await signed(key)}`, connection: "close" },
      })
    ).status;
  t.is(await status(), 401);
  jwks.fault = undefined;
  t.is(await eventually(status, (seen) => seen === 200), 200);
  t.is(logger.text().split("keys.unread").length - 1, 1);
});

test("few tokens wait for a server of keys that hangs; the others do not hold up anybody", async (t) => {
  const jwks = await startJwksServer(t, []);
  jwks.fault = () => {};
  const { method: made } = await makeMethod(t, jwt, { jwks_url: jwks.url });
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const reasons: string[] = [];
  const verified = Array.from({ length: 300 }, async (_, index) => {
    const value = `${encoded({ alg: "RS256", kid: `made-up-${index}` })}.${encoded({ sub: "ada" })}.AA`;
    await made.verify?.({ scheme: "JWT", value }, deadline()).catch((error: Error) => reasons.push(error.message));
  });
  await eventually(async () => reasons.length, Boolean);
  await made.close();
  await Promise.all(verified);
  t.is(reasons.length, 300);
  t.is(reasons.filter((reason) => reason.includes("too many tokens wait")).length, 100);
});
