import { rm, writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import kubernetes from "@vexil/authentication-kubernetes";
import type { AuthenticationMethod, Identity } from "@vexil/plugin-api";
import test, { type ExecutionContext } from "ava";
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { type FakeCluster, startCluster } from "../helpers/access/fake-cluster.js";
import { deadline, makeMethod } from "../helpers/access/make-method.js";
import { rsaKey } from "../helpers/access/rsa-keys.js";
import { makeCertificate } from "../helpers/network/certificate.js";

interface Started {
  readonly cluster: FakeCluster;
  readonly method: AuthenticationMethod;
  readonly invalidated: () => number;
  readonly exchange: (token: string) => Promise<Identity>;
  readonly verify: (token: string, scheme?: "JWT" | "Bearer") => Promise<Identity | undefined>;
}

async function start(t: ExecutionContext, { started = true, ca = "" } = {}): Promise<Started> {
  const cluster = await startCluster(t, { started });
  const { method, invalidated } = await makeMethod(t, kubernetes, {
    discovery_url: cluster.url,
    ca_path: ca === "" ? cluster.caPath : ca,
    service_account_token_path: cluster.tokenPath,
  });
  return {
    cluster,
    method,
    invalidated,
    exchange: async (token) => {
      const identity = await method.exchange?.(token, deadline());
      if (identity === undefined) throw new Error("it exchanges nothing");
      return identity;
    },
    verify: async (value, scheme = "JWT") => method.verify?.({ scheme, value }, deadline()),
  };
}

const refused = { code: "VEXIL_REFUSED_UNAUTHENTICATED" };
const unavailable = { code: "VEXIL_UNAVAILABLE_PROVIDER" };
const seconds = (): number => Math.floor(Date.now() / 1_000);

test.serial("a service account's token is exchanged for who it is", async (t) => {
  const { cluster, exchange } = await start(t);
  const exp = seconds() + 600;
  const identity = await exchange(await cluster.sign({ exp }));
  t.is(identity.subject, "system:serviceaccount:team-a:deployer");
  t.deepEqual(identity.metadata, {
    "io.flipt.auth.k8s.namespace": "team-a",
    "io.flipt.auth.k8s.pod.name": "deployer-7d9f",
    "io.flipt.auth.k8s.pod.uid": "3a1c",
    "io.flipt.auth.k8s.serviceaccount.name": "deployer",
    "io.flipt.auth.k8s.serviceaccount.uid": "9b7e",
  });
  t.is(identity.expiresAt, exp * 1_000);
  t.is(identity.claims.sub, "system:serviceaccount:team-a:deployer");
});

test.serial("with other keys of the cluster, what was verified by the old ones is asked about anew", async (t) => {
  const { cluster, exchange, invalidated } = await start(t);
  await exchange(await cluster.sign());
  t.is(invalidated(), 0);
  await cluster.rotateKeys();
  await exchange(await cluster.sign());
  t.is(invalidated(), 1);
});

test.serial("the same keys in another order, written differently, are no others", async (t) => {
  const { cluster, verify, invalidated } = await start(t);
  const [one, other, unknown] = await Promise.all([rsaKey(0), rsaKey(1), rsaKey(2)]);
  const shown = ({ kty, n, e, kid }: JWK): object => ({ kty, n, e, kid, use: "sig", alg: "RS256" });
  let keys: readonly object[] = [one, other].map(shown);
  cluster.intercept = (request, response) => {
    if (request.url !== "/openid/v1/jwks") return false;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ keys }));
    return true;
  };
  const signed = async (key: JWK): Promise<string> =>
    new SignJWT({ iss: cluster.issuer, sub: "system:serviceaccount:team-a:deployer", exp: seconds() + 60 })
      .setProtectedHeader({ alg: "RS256", kid: String(key.kid) })
      .sign(await importJWK(key, "RS256"));
  t.truthy(await verify(await signed(one)));
  keys = [other, one].map((key) => Object.fromEntries(Object.entries(shown(key)).reverse()));
  t.is(await verify(await signed(unknown)), undefined, "it is looked for, so the keys are read again");
  t.is(cluster.requests.filter((request) => request === "GET /openid/v1/jwks").length, 2);
  t.is(invalidated(), 0);
  t.truthy(await verify(await signed(other)));
});

test.serial("the token itself is a JWT, without an exchange, and never a Bearer", async (t) => {
  const { cluster, verify } = await start(t);
  const token = await cluster.sign({ aud: "somebody else" });
  const identity = await verify(token);
  t.is(identity?.subject, "system:serviceaccount:team-a:deployer");
  t.is(identity?.metadata["io.flipt.auth.jwt.issuer"], cluster.issuer);
  const claims = JSON.parse(identity?.metadata["io.flipt.auth.claims"] ?? "{}") as Identity["claims"];
  t.is(claims.aud, "somebody else", "the audience is not looked at");
  t.is(await verify(token, "Bearer"), undefined);
});

test.serial("the API server is asked with the token as the file has it now", async (t) => {
  const { cluster, exchange } = await start(t);
  await cluster.rotateToken();
  await exchange(await cluster.sign());
  await cluster.rotateToken();
  await cluster.rotateKeys();
  await t.notThrowsAsync(exchange(await cluster.sign()), "a new key is asked for at once, with the new token");
  t.deepEqual(cluster.requests, Array(2).fill(["GET /.well-known/openid-configuration", "GET /openid/v1/jwks"]).flat());
});

test.serial("few tokens wait for an API server that hangs; the others do not hold up anybody", async (t) => {
  const { cluster, exchange, verify } = await start(t);
  await exchange(await cluster.sign());
  cluster.intercept = () => true;
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const payload = encoded({ iss: cluster.issuer, sub: "system:admin", exp: seconds() + 600 });
  const order: number[] = [];
  const answers = Array.from({ length: 300 }, async (_, index) => {
    const answer = await verify(`${encoded({ alg: "RS256", kid: `made-up-${index}` })}.${payload}.AA`);
    order.push(index);
    return answer;
  });
  t.true((await Promise.all(answers)).every((answer) => answer === undefined));
  t.true(
    order.slice(0, 100).every((index) => index >= 200),
    "those that come last are answered first",
  );
});

test.serial("tokens with made-up keys do not make it ask again and again", async (t) => {
  const { cluster, exchange, verify } = await start(t);
  await exchange(await cluster.sign());
  const { privateKey } = await generateKeyPair("RS256");
  const forged = (): Promise<string> =>
    new SignJWT({ iss: cluster.issuer, sub: "system:admin", exp: seconds() + 60 })
      .setProtectedHeader({ alg: "RS256", kid: crypto.randomUUID() })
      .sign(privateKey);
  const answers = await Promise.all(Array.from({ length: 50 }, async () => verify(await forged())));
  t.true(answers.every((answer) => answer === undefined));
  for (let count = 0; count < 20; count += 1) t.is(await verify(await forged()), undefined);
  // The first look, one for the first of them, and another for each 5 s that this takes on a slow machine.
  t.true(cluster.requests.length <= 10, `${cluster.requests.length} requests`);
});

test.serial("tokens that are not the cluster's, or not any more, are refused", async (t) => {
  const { cluster, exchange, verify } = await start(t);
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const claims = { iss: cluster.issuer, sub: "system:serviceaccount:team-a:deployer", exp: seconds() + 60 };
  const signed = (header: Readonly<Record<string, unknown>>): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", ...header }).sign(privateKey);
  const own = await cluster.sign();
  const [header = "", payload = "", signature = ""] = own.split(".");
  const kid = (JSON.parse(Buffer.from(header, "base64url").toString()) as { readonly kid: string }).kid;
  const hostile: Readonly<Record<string, string>> = {
    "another key": await signed({ kid }),
    "its own key in the header": await signed({ jwk: await exportJWK(publicKey) }),
    "no algorithm": new UnsecuredJWT(claims).encode(),
    "a shared secret": await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", kid })
      .sign(new TextEncoder().encode("x".repeat(32))),
    "another issuer": await cluster.sign({ iss: "https://elsewhere.example.com" }),
    "an end in the past": await cluster.sign({ exp: seconds() - 5 }),
    "a beginning in the future": await cluster.sign({ nbf: seconds() + 600 }),
    "an end that no date has": await cluster.sign({ exp: 1e16 }),
    "no end": await cluster.sign({ exp: undefined as never }),
    "an end that is no number": await cluster.sign({ exp: "tomorrow" as unknown as number }),
    "no subject": await cluster.sign({ sub: undefined as never }),
    "an unknown crit": await cluster.sign({}, { crit: ["vexil"], vexil: 1 }).catch(() => `${header}.${payload}.x`),
    "no signature": `${header}.${payload}.`,
    "another payload": `${header}.${Buffer.from('{"sub":"system:admin"}').toString("base64url")}.${signature}`,
    "a word": "canary-word",
    nothing: "",
    "a megabyte": `${header}.${"a".repeat(2 ** 20)}.${signature}`,
  };
  for (const [name, token] of Object.entries(hostile)) {
    t.is(await verify(token), undefined, name);
    const error = await t.throwsAsync(exchange(token), { ...refused, message: /^verifying service account: / }, name);
    t.false(inspect(error, { depth: 8, showHidden: true }).includes(token === "" ? "\0" : token), name);
  }
  t.is((await exchange(own)).subject, claims.sub);
});

test.serial("an API server that is away is no reason not to start; exchanges work once it is there", async (t) => {
  const { cluster, exchange, verify } = await start(t, { started: false });
  const token = await cluster.sign();
  await t.throwsAsync(exchange(token), {
    ...unavailable,
    message: /the API server cannot be reached \(ECONNREFUSED\)/,
  });
  await t.throwsAsync(verify(token), unavailable);
  await cluster.start();
  await t.notThrowsAsync(eventually(() => exchange(token)));
});

test.serial("known keys are used on while the API server is away", async (t) => {
  const { cluster, exchange, verify } = await start(t);
  await exchange(await cluster.sign());
  await cluster.stop();
  t.is((await verify(await cluster.sign()))?.subject, "system:serviceaccount:team-a:deployer");
});

test.serial("an API server of another authority is not trusted, and sees no token", async (t) => {
  const other = await makeCertificate(t);
  const { cluster, exchange } = await start(t, { ca: other.caPath });
  await t.throwsAsync(exchange(await cluster.sign()), { ...unavailable, message: /cannot be reached/ });
  t.deepEqual(cluster.requests, []);
});

test.serial("documents that make no sense are told as such", async (t) => {
  for (const [path, text, message] of [
    ["/.well-known/openid-configuration", "<html>", /answered no JSON/],
    ["/.well-known/openid-configuration", "{}", /names no issuer or no jwks_uri/],
    ["/.well-known/openid-configuration", '{"issuer":"x","jwks_uri":"http://127.0.0.1:1/"}', /not https/],
    ["/.well-known/openid-configuration", "x".repeat(2 ** 21), /answered too much/],
    ["/openid/v1/jwks", "[]", /holds no keys/],
  ] as const) {
    const { cluster, exchange } = await start(t);
    cluster.intercept = (request, response) => {
      if (request.url !== path) return false;
      response.end(text);
      return true;
    };
    await t.throwsAsync(exchange(await cluster.sign()), { ...unavailable, message });
  }
});

test.serial("what no key could make valid makes it ask for none", async (t) => {
  const { cluster, verify } = await start(t);
  for (const token of [
    "",
    "a.b.c",
    new UnsecuredJWT({ sub: "x" }).encode(),
    await cluster.sign({ exp: seconds() - 5 }),
  ]) {
    t.is(await verify(token), undefined);
  }
  t.deepEqual(cluster.requests, []);
});

test.serial("a hanging API server holds a request for its deadline only", async (t) => {
  const { cluster, exchange } = await start(t);
  cluster.intercept = () => true;
  await t.throwsAsync(exchange(await cluster.sign()), { ...unavailable, message: /did not answer in time/ });
});

test.serial("files that are missing are named", async (t) => {
  const { cluster, exchange } = await start(t);
  const token = await cluster.sign();
  await rm(cluster.tokenPath);
  await t.throwsAsync(exchange(token), {
    ...unavailable,
    message: /cannot read service_account_token_path .*: ENOENT/,
  });
  await writeFile(cluster.tokenPath, "");
  await cluster.rotateToken();
  await t.notThrowsAsync(eventually(() => exchange(token)));
});

test.serial("an API server without TLS is refused", async (t) => {
  await t.throwsAsync(makeMethod(t, kubernetes, { discovery_url: "http://127.0.0.1:8001" }), {
    message: /"http:\/\/127.0.0.1:8001" is no https address/,
  });
});

/** Tries again until it works: a failed look at the API server is not repeated at once. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
