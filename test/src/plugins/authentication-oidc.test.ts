import { createHash } from "node:crypto";
import { inspect } from "node:util";
import oidc from "@vexil/authentication-oidc";
import type { Login, LoginMethod } from "@vexil/plugin-api";
import type { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import { type JWTPayload, UnsecuredJWT } from "jose";
import { Browser } from "../helpers/access/browser.js";
import { deadline, makeMethod, newFlow } from "../helpers/access/make-method.js";
import { type Issuer, type IssuerOptions, startIssuer } from "../helpers/access/oidc-issuer.js";
import { eventually } from "../helpers/daemon/daemon.js";

type Settings = Readonly<Record<string, unknown>>;

const REDIRECT = "http://flags.example.com:8080";
const SECRET = "canary-secret-of-the-client";

interface Started {
  readonly issuer: Issuer;
  readonly login: LoginMethod;
  /** Goes to the provider and comes back. */
  readonly comeBack: (flow?: ReturnType<typeof newFlow>) => Promise<URLSearchParams>;
  readonly logIn: () => Promise<Login>;
}

interface StartOptions {
  readonly provider?: Settings;
  readonly beside?: Settings;
  readonly client?: Settings;
  readonly issuer?: Partial<IssuerOptions>;
}

async function start(t: ExecutionContext, options: StartOptions = {}): Promise<Started> {
  const issuer = await startIssuer(t, {
    clients: () => [
      {
        client_id: "vexil",
        client_secret: SECRET,
        redirect_uris: [`${REDIRECT}/auth/v1/method/oidc/corp/callback`],
        post_logout_redirect_uris: [REDIRECT],
        ...options.client,
      },
    ],
    ...options.issuer,
  });
  const corp = {
    issuer_url: issuer.url,
    client_id: "vexil",
    client_secret: SECRET,
    redirect_address: REDIRECT,
    scopes: ["email", "profile"],
    ...options.provider,
  };
  const { method } = await makeMethod(t, oidc, { providers: { corp }, ...options.beside });
  const { login } = method;
  if (login === undefined) throw new Error("it logs nobody in");
  const comeBack = async (flow = newFlow("corp")): Promise<URLSearchParams> => {
    const address = await login.authorize(flow, deadline());
    const page = await new Browser().open(address, { follows: ({ origin }) => origin === issuer.url });
    if (!page.url.startsWith(REDIRECT)) throw new Error(`the provider keeps the browser: ${page.status} ${page.text}`);
    return new URL(page.url).searchParams;
  };
  const logIn = async (): Promise<Login> => {
    const flow = newFlow("corp");
    return login.callback(flow, await comeBack(flow), deadline());
  };
  return { issuer, login, comeBack, logIn };
}

const refused = { code: "VEXIL_REFUSED_UNAUTHENTICATED" };
const unavailable = { code: "VEXIL_UNAVAILABLE_PROVIDER" };
const invalid = { code: "VEXIL_VALIDATION_REQUEST" };
const seconds = (): number => Math.floor(Date.now() / 1_000);

test.serial("the browser is sent to the provider with what it needs to come back", async (t) => {
  const { issuer, login } = await start(t, { provider: { authorize_parameters: { prompt: "login", hd: "a b" } } });
  const flow = newFlow("corp");
  const url = new URL(await login.authorize(flow, deadline()));
  t.is(url.origin + url.pathname, `${issuer.url}/auth`);
  t.deepEqual(Object.fromEntries(url.searchParams), {
    client_id: "vexil",
    response_type: "code",
    redirect_uri: `${REDIRECT}/auth/v1/method/oidc/corp/callback`,
    scope: "openid email profile",
    state: flow.state,
    nonce: flow.nonce,
    prompt: "login",
    hd: "a b",
  });
});

test.serial("a user is who the provider says", async (t) => {
  const { issuer, logIn } = await start(t);
  const { identity, session } = await logIn();
  t.is(identity.subject, "ada");
  t.is(identity.name, "Ada Lovelace");
  t.is(identity.email, "ada@example.com");
  t.deepEqual(identity.claims.groups, ["devs", "release-managers"]);
  const { "io.flipt.auth.claims": claims, ...metadata } = identity.metadata;
  t.deepEqual(metadata, {
    "io.flipt.auth.oidc.provider": "corp",
    "io.flipt.auth.oidc.email": "ada@example.com",
    "io.flipt.auth.oidc.email_verified": "true",
    "io.flipt.auth.oidc.name": "Ada Lovelace",
    "io.flipt.auth.oidc.picture": "https://example.com/ada.png",
    "io.flipt.auth.oidc.sub": "ada",
    "io.flipt.auth.email": "ada@example.com",
    "io.flipt.auth.name": "Ada Lovelace",
    "io.flipt.auth.picture": "https://example.com/ada.png",
  });
  const known = JSON.parse(claims ?? "{}") as JWTPayload;
  t.is(known.iss, issuer.url);
  t.false("nonce" in known);
  t.is(session?.issuer, issuer.url);
  t.is(session?.sub, "ada");
  t.is(session?.idToken?.split(".").length, 3);
});

test.serial("a client that proves itself in the form is let in, too", async (t) => {
  const { issuer, logIn } = await start(t, { client: { token_endpoint_auth_method: "client_secret_post" } });
  await t.notThrowsAsync(logIn());
  const before = issuer.requests.length;
  await t.notThrowsAsync(logIn());
  const again = issuer.requests.slice(before).filter((one) => one === "POST /token");
  t.is(again.length, 1, "what the provider took is remembered");
});

test.serial("a client's secret is sent as it is, and encoded where it has to be", async (t) => {
  const secret = "2f4d-a.b_c*d";
  for (const [own, sent] of [
    [secret, secret],
    ["100% a+b:c/", "100%25+a%2Bb%3Ac%2F"],
  ] as const) {
    const { issuer, logIn } = await start(t, { provider: { client_secret: own }, client: { client_secret: own } });
    const headers: (string | undefined)[] = [];
    issuer.tampering.intercept = ({ url, headers: { authorization } }) => {
      if (url === "/token") headers.push(authorization);
      return false;
    };
    t.is((await logIn()).identity.subject, "ada");
    t.deepEqual(headers, [`Basic ${Buffer.from(`vexil:${sent}`).toString("base64")}`]);
  }
});

test.serial("PKCE is used where it is asked for", async (t) => {
  const { login, comeBack } = await start(t, {
    provider: { use_pkce: true },
    issuer: { configuration: { pkce: { required: () => true } } },
  });
  const flow = newFlow("corp");
  const url = new URL(await login.authorize(flow, deadline()));
  const challenge = createHash("sha256").update(flow.codeVerifier).digest("base64url");
  t.is(url.searchParams.get("code_challenge"), challenge);
  t.is(url.searchParams.get("code_challenge_method"), "S256");
  t.is((await login.callback(flow, await comeBack(flow), deadline())).identity.subject, "ada");
  const stolen = { ...flow, codeVerifier: newFlow().codeVerifier };
  const parameters = await comeBack(flow);
  await t.throwsAsync(login.callback(stolen, parameters, deadline()), { ...refused, message: /invalid_grant$/ });
});

test.serial("discovery is asked for once by many, and again when its time is over", async (t) => {
  const { issuer, login } = await start(t, { beside: { cache_ttl: "1ms" } });
  await Promise.all(Array.from({ length: 20 }, () => login.authorize(newFlow("corp"), deadline())));
  const asked = (): number => issuer.requests.filter((one) => one.includes("openid-configuration")).length;
  t.is(asked(), 1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await login.authorize(newFlow("corp"), deadline());
  t.is(asked(), 2);
  const kept = await start(t);
  for (let count = 0; count < 3; count += 1) await kept.login.authorize(newFlow("corp"), deadline());
  t.is(kept.issuer.requests.length, 1);
});

test.serial("new keys are taken up at once", async (t) => {
  const { issuer, logIn } = await start(t);
  await logIn();
  await issuer.rotateKeys();
  t.is((await logIn()).identity.subject, "ada");
  await issuer.rotateKeys();
  t.is((await logIn()).identity.subject, "ada");
});

const TAMPERED: Readonly<Record<string, (claims: JWTPayload) => JWTPayload>> = {
  "another nonce": (claims) => ({ ...claims, nonce: "another" }),
  "no nonce": ({ nonce: _, ...claims }) => claims,
  "another audience": (claims) => ({ ...claims, aud: "another" }),
  "an audience of several, of which another is authorized": (claims) => ({ ...claims, aud: ["vexil", "x"], azp: "x" }),
  "another issuer": (claims) => ({ ...claims, iss: "https://elsewhere.example.com" }),
  "the issuer with a slash": (claims) => ({ ...claims, iss: `${claims.iss}/` }),
  "an end in the past": (claims) => ({ ...claims, iat: seconds() - 600, exp: seconds() - 5 }),
  "no end": ({ exp: _, ...claims }) => claims,
  "an end that is no number": (claims) => ({ ...claims, exp: "tomorrow" as unknown as number }),
  "a beginning in the future": (claims) => ({ ...claims, nbf: seconds() + 600 }),
  "no subject": ({ sub: _, ...claims }) => claims,
};

test.serial("an ID token with a claim that is not right lets nobody in", async (t) => {
  const { issuer, logIn } = await start(t);
  for (const [name, claims] of Object.entries(TAMPERED)) {
    issuer.tampering.claims = claims;
    await t.throwsAsync(logIn(), { ...refused, message: /^callback: code exchange failed: / }, name);
  }
  issuer.tampering.claims = (claims) => claims;
  await t.notThrowsAsync(logIn(), "signed anew without a change it is good");
});

test.serial("an ID token that the provider did not sign lets nobody in", async (t) => {
  const { issuer, logIn } = await start(t);
  const claimsOf = (token: string): JWTPayload =>
    JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as JWTPayload;
  const forgeries: Readonly<Record<string, (token: string) => string | Promise<string>>> = {
    unsigned: (token) => new UnsecuredJWT(claimsOf(token)).encode(),
    "signed by a stranger": async (token) =>
      (await startIssuer(t, { clients: () => [], firstKey: 3 })).sign(claimsOf(token)),
    "without a signature": (token) => token.replace(/[^.]+$/, ""),
    "with another payload": (token) => {
      const [header, , signature] = token.split(".");
      const payload = Buffer.from(JSON.stringify({ ...claimsOf(token), sub: "root" })).toString("base64url");
      return `${header}.${payload}.${signature}`;
    },
    "no token": () => "canary",
    empty: () => "",
  };
  for (const [name, idToken] of Object.entries(forgeries)) {
    issuer.tampering.idToken = idToken;
    await t.throwsAsync(logIn(), refused, name);
  }
});

test.serial("an algorithm that is not asked for lets nobody in", async (t) => {
  const { logIn } = await start(t, { provider: { algorithms: ["ES256", "EdDSA"] } });
  await t.throwsAsync(logIn(), refused);
});

test.serial("a code works once, and only with the nonce and state that it was asked for with", async (t) => {
  const { login, comeBack } = await start(t);
  const flow = newFlow("corp");
  const parameters = await comeBack(flow);
  await login.callback(flow, parameters, deadline());
  await t.throwsAsync(login.callback(flow, parameters, deadline()), { ...refused, message: /invalid_grant$/ });
  const stolen = newFlow("corp");
  await t.throwsAsync(login.callback(stolen, await comeBack(newFlow("corp")), deadline()), refused);
});

test.serial("a provider that refuses says why, as far as that is a word", async (t) => {
  const { login, issuer } = await start(t);
  const flow = newFlow("corp");
  const back = (error: string): URLSearchParams =>
    new URLSearchParams({ error, state: flow.state, iss: issuer.url, error_description: "canary" });
  await t.throwsAsync(login.callback(flow, back("access_denied"), deadline()), {
    ...refused,
    message: "callback: code exchange failed: the provider answered access_denied",
  });
  await t.throwsAsync(login.callback(flow, back("<b>canary</b>"), deadline()), {
    ...refused,
    message: "callback: code exchange failed: the provider answered an error",
  });
  await t.throwsAsync(login.callback(flow, new URLSearchParams({ state: flow.state }), deadline()), refused);
});

test.serial("an answer of another issuer is not taken", async (t) => {
  const { login, comeBack } = await start(t);
  const flow = newFlow("corp");
  const parameters = await comeBack(flow);
  parameters.set("iss", "https://elsewhere.example.com");
  await t.throwsAsync(login.callback(flow, parameters, deadline()), refused);
});

test.serial("logins by device code are there only where a provider's settings want them", async (t) => {
  t.is((await start(t)).login.device, undefined);
  const { device } = (await start(t, { provider: { device_login: true } })).login;
  t.deepEqual(device?.providers, ["corp"]);
  const missing = { code: "VEXIL_NOT_FOUND" };
  await t.throwsAsync(async () => device?.begin("other", deadline()), missing);
  await t.throwsAsync(async () => device?.poll("other", "code", deadline()), missing);
  // This one has no endpoint for it.
  await t.throwsAsync(async () => device?.begin("corp", deadline()), missing);
});

test.serial("user info overlays the ID token, and is of the same user", async (t) => {
  const { issuer, logIn } = await start(t, {
    provider: { fetch_extra_user_info: true },
    issuer: { configuration: { conformIdTokenClaims: true } },
  });
  const { identity } = await logIn();
  t.is(identity.email, "ada@example.com");
  t.deepEqual(identity.claims.groups, ["devs", "release-managers"]);
  issuer.tampering.body = (path, body) => (path === "/me" ? { ...body, sub: "root" } : body);
  await t.throwsAsync(logIn(), {
    ...refused,
    message: "callback: user info failed: it is of another sub than the ID token",
  });
  issuer.tampering.body = undefined;
  issuer.tampering.intercept = (request, response) => {
    if (request.url !== "/me") return false;
    response.writeHead(500).end();
    return true;
  };
  await t.throwsAsync(logIn(), unavailable);
});

test.serial("only addresses that match get in, and only verified ones", async (t) => {
  const { issuer, logIn } = await start(t, {
    beside: { email_matches: ["^.*@example\\.com$", "(?i)^EVE@other\\.org$"] },
  });
  const noMatch = {
    ...refused,
    message: /^callback: the e-mail address is none of those that .*email_matches lets in$/,
  };
  const outcomes: readonly [string | undefined, boolean | string | undefined, boolean][] = [
    ["ada@example.com", true, true],
    ["ada@example.com", undefined, true],
    ["eve@other.org", true, true],
    ["ada@example.com", false, false],
    ["ada@example.com", "false", false],
    ["ada@example.com.evil.org", true, false],
    [undefined, true, false],
    ["", true, false],
  ];
  for (const [email, verified, letIn] of outcomes) {
    issuer.account = { sub: "ada", email, email_verified: verified };
    if (letIn) await t.notThrowsAsync(logIn(), String(email));
    else {
      const error = await t.throwsAsync<VexilError>(logIn(), noMatch, `${email} ${verified}`);
      t.is(error?.details.subject, "ada");
    }
  }
});

test.serial("a session is judged again by the rules in force", async (t) => {
  const { issuer, logIn } = await start(t);
  const judge = async (settings: Settings, made: Login, provider: Settings = {}): Promise<void> => {
    const corp = {
      issuer_url: issuer.url,
      client_id: "vexil",
      client_secret: SECRET,
      redirect_address: REDIRECT,
      ...provider,
    };
    const { method } = await makeMethod(t, oidc, { providers: { corp }, ...settings });
    await method.login?.recheck?.("corp", made);
  };
  issuer.account = { sub: "ada", email: "ada@example.com", email_verified: true };
  const ada = await logIn();
  await t.notThrowsAsync(judge({}, ada));
  await t.notThrowsAsync(judge({ email_matches: ["@example\\.com$"] }, ada));
  const other = await t.throwsAsync<VexilError>(judge({ email_matches: ["@example\\.org$"] }, ada), refused);
  t.is(other?.details.subject, "ada");
  await t.throwsAsync(judge({}, ada, { issuer_url: `${issuer.url}/other` }), refused);
  issuer.account = { sub: "ada", email: "ada@example.com", email_verified: false };
  const unverified = await logIn();
  await t.notThrowsAsync(judge({}, unverified));
  await t.throwsAsync(judge({ email_matches: ["@example\\.com$"] }, unverified), refused);
});

test.serial("a pattern finds its text anywhere, in linear time", async (t) => {
  const { issuer, logIn } = await start(t, { beside: { email_matches: ["^(a+)+$", "example"] } });
  await t.notThrowsAsync(logIn());
  issuer.account = { sub: "ada", email: `${"a".repeat(900)}!` };
  await t.throwsAsync(logIn(), refused);
});

test.serial("claims are found where the mapping says", async (t) => {
  const { issuer, logIn } = await start(t, {
    provider: {
      claims_mapping: { email: "/contact/a~1b/0", name: "", role: "/roles/1", picture: "/nowhere/at/all" },
    },
    issuer: { configuration: { claims: { openid: ["sub", "contact", "roles", "name", "picture"] } } },
  });
  issuer.account = {
    sub: "ada",
    name: "Ada",
    picture: "https://x/y",
    contact: { "a/b": ["ada@mapped.example.com"] },
    roles: ["a", "admin"],
  };
  const { identity } = await logIn();
  t.is(identity.email, "ada@mapped.example.com");
  t.is(identity.name, undefined);
  t.is(identity.metadata["io.flipt.auth.oidc.role"], "admin");
  t.is(identity.metadata["io.flipt.auth.oidc.picture"], undefined);
});

test.serial("a provider that is away keeps nothing from starting, and is asked again", async (t) => {
  const { issuer, login } = await start(t);
  issuer.tampering.intercept = (request) => {
    request.socket.destroy();
    return true;
  };
  await t.throwsAsync(login.authorize(newFlow("corp"), deadline()), {
    ...unavailable,
    message: /^authorize: failed get provider: provider corp cannot be reached/,
  });
  const asked = issuer.requests.length;
  const again = { ...unavailable, message: /^callback: failed get provider: provider corp cannot be reached/ };
  const began = performance.now();
  for (let count = 0; count < 20; count += 1) {
    await t.throwsAsync(login.callback(newFlow("corp"), new URLSearchParams(), deadline()), again);
  }
  const passed = Math.floor((performance.now() - began) / 1000);
  t.true(issuer.requests.length <= asked + passed + 1, "for a second it is left alone");
  issuer.tampering.intercept = undefined;
  const authorize = (): Promise<string> => login.authorize(newFlow("corp"), deadline()).catch(() => "");
  t.true(URL.canParse(await eventually(authorize, (address) => address !== "")), "and then asked again");
});

test.serial("a discovery document that is wrong is told as such", async (t) => {
  const own: Readonly<Record<string, (document: Record<string, unknown>) => unknown>> = {
    "names another issuer|no valid discovery": (document) => ({ ...document, issuer: "https://elsewhere.example.com" }),
    "names another issuer": (document) => ({ ...document, issuer: `${document.issuer}/` }),
    "no usable authorization_endpoint": (document) => ({ ...document, authorization_endpoint: "javascript:alert(1)" }),
    "no usable token_endpoint": ({ token_endpoint: _, ...document }) => document,
    "no usable jwks_uri": (document) => ({ ...document, jwks_uri: "file:///etc/passwd" }),
    "no valid discovery": () => [],
  };
  for (const [message, body] of Object.entries(own)) {
    const { issuer, login } = await start(t);
    issuer.tampering.body = (path, document) => (path.includes("openid-configuration") ? body(document) : document);
    await t.throwsAsync(login.authorize(newFlow("corp"), deadline()), { ...unavailable, message: new RegExp(message) });
  }
  for (const [status, text] of [
    [500, "{}"],
    [404, "<html>"],
    [200, "<html>"],
    [302, ""],
    [200, `{"issuer":"${"x".repeat(2 ** 21)}"}`],
  ] as const) {
    const { issuer, login } = await start(t);
    issuer.tampering.intercept = (_, response) => {
      response.writeHead(status, { "content-type": "application/json", location: "http://127.0.0.1:1/" }).end(text);
      return true;
    };
    await t.throwsAsync(login.authorize(newFlow("corp"), deadline()), unavailable, `${status}`);
  }
});

test.serial("a hanging token endpoint holds a login for its deadline only", async (t) => {
  const { issuer, logIn } = await start(t);
  issuer.tampering.intercept = (request) => request.url === "/token";
  await t.throwsAsync(logIn(), {
    ...unavailable,
    message: /code exchange failed: provider corp did not answer in time$/,
  });
});

test.serial("a login that is given up is told as a provider that does not answer", async (t) => {
  const { issuer, login, comeBack } = await start(t);
  const flow = newFlow("corp");
  const parameters = await comeBack(flow);
  const controller = new AbortController();
  issuer.tampering.intercept = (request) => {
    if (request.url !== "/token") return false;
    controller.abort(new Error("15 s are over"));
    return true;
  };
  await t.throwsAsync(login.callback(flow, parameters, controller.signal), unavailable);
});

test.serial("a token endpoint that fails is told as such", async (t) => {
  const { issuer, logIn } = await start(t);
  for (const [status, text] of [
    [500, "{}"],
    [503, "<html>"],
    [200, "<html>"],
  ] as const) {
    issuer.tampering.intercept = (request, response) => {
      if (request.url !== "/token") return false;
      response.writeHead(status, { "content-type": text === "{}" ? "application/json" : "text/html" }).end(text);
      return true;
    };
    await t.throwsAsync(logIn(), unavailable, `${status} ${text}`);
  }
});

test.serial("a wrong secret of the client lets nobody in, and is in no error", async (t) => {
  const { logIn, issuer } = await start(t, { provider: { client_secret: "canary-of-nobody" } });
  const error = await t.throwsAsync(logIn(), refused);
  const text = inspect(error, { depth: 12, showHidden: true });
  t.false(text.includes("canary-of-nobody"));
  t.true(issuer.requests.includes("POST /token"));
});

test.serial("no token, code or verifier is in an error", async (t) => {
  const { issuer, login, comeBack } = await start(t, { provider: { use_pkce: true } });
  for (const claims of Object.values(TAMPERED)) {
    issuer.tampering.claims = claims;
    let idToken = "";
    issuer.tampering.idToken = (token) => {
      idToken = token;
      return token;
    };
    const flow = newFlow("corp");
    const parameters = await comeBack(flow);
    const text = inspect(await t.throwsAsync(login.callback(flow, parameters, deadline())), {
      depth: 12,
      showHidden: true,
    });
    for (const secret of [idToken, SECRET, flow.codeVerifier, flow.nonce, parameters.get("code") ?? ""]) {
      t.false(text.includes(secret));
    }
  }
});

test.serial("logging out leads to the provider, with the ID token as a hint", async (t) => {
  const { issuer, login, logIn } = await start(t, { provider: { use_end_session_endpoint: true } });
  const { session } = await logIn();
  const address = new URL((await login.endSession?.("corp", session ?? {}, deadline())) ?? "");
  t.is(address.origin + address.pathname, `${issuer.url}/session/end`);
  t.is(address.searchParams.get("id_token_hint"), session?.idToken ?? "none");
  t.is(address.searchParams.get("post_logout_redirect_uri"), REDIRECT);
  const page = await new Browser().open(address.href);
  t.is(page.status, 200, "the provider takes it");
  const without = new URL((await login.endSession?.("corp", {}, deadline())) ?? "");
  t.false(without.searchParams.has("id_token_hint"));
  const plain = await start(t);
  t.is(await plain.login.endSession?.("corp", session ?? {}, deadline()), undefined);
});

const EVENTS = { "http://schemas.openid.net/event/backchannel-logout": {} };

test.serial("a logout token of the provider names the sessions that end", async (t) => {
  const { issuer, login } = await start(t);
  const read = async (claims: JWTPayload): ReturnType<NonNullable<LoginMethod["backChannelLogout"]>> => {
    const own = { iss: issuer.url, aud: "vexil", iat: seconds(), jti: crypto.randomUUID(), events: EVENTS };
    const token = await issuer.sign({ ...own, ...claims });
    if (login.backChannelLogout === undefined) throw new Error("it knows no logout by back channel");
    return login.backChannelLogout("corp", token, deadline());
  };
  t.deepEqual(await read({ sid: "s1", sub: "ada" }), { issuer: issuer.url, sid: "s1", sub: "ada" });
  t.like(await read({ sub: "ada" }), { issuer: issuer.url, sub: "ada" });
  t.like(await read({ sid: "s1" }), { issuer: issuer.url, sid: "s1" });
  const wrong: Readonly<Record<string, JWTPayload>> = {
    "no session": {},
    "a nonce": { sid: "s1", nonce: "n" },
    "no event": { sid: "s1", events: undefined },
    "another event": { sid: "s1", events: { "http://example.com/event": {} } },
    "an event that is none": {
      sid: "s1",
      events: { ...EVENTS, "http://schemas.openid.net/event/backchannel-logout": 1 },
    },
    "another audience": { sid: "s1", aud: "another" },
    "another issuer": { sid: "s1", iss: "https://elsewhere.example.com" },
    "an end in the past": { sid: "s1", exp: seconds() - 120 },
    "an old one": { sid: "s1", iat: seconds() - 3_600 },
    "a number": { sid: 7 },
  };
  for (const [name, claims] of Object.entries(wrong)) {
    await t.throwsAsync(read(claims), { ...invalid, message: "revoke: invalid logout token" }, name);
  }
  const stranger = await startIssuer(t, { clients: () => [], firstKey: 3 });
  const forged = await stranger.sign({ iss: issuer.url, aud: "vexil", iat: seconds(), sub: "ada", events: EVENTS });
  for (const token of [forged, new UnsecuredJWT({ sub: "ada" }).encode(), "", "a.b.c", "made.up.token"] as const) {
    await t.throwsAsync(login.backChannelLogout?.("corp", token, deadline()) ?? Promise.resolve(), invalid);
  }
});

test.serial("an ID token is no logout token", async (t) => {
  const { login, logIn } = await start(t);
  const { session } = await logIn();
  await t.throwsAsync(
    login.backChannelLogout?.("corp", session?.idToken ?? "", deadline()) ?? Promise.resolve(),
    invalid,
  );
});

test.serial("made-up logout tokens do not make it ask for keys again and again", async (t) => {
  const { issuer, login, logIn } = await start(t);
  await logIn();
  const stranger = await startIssuer(t, { clients: () => [], firstKey: 3 });
  const forged = await stranger.sign({ iss: issuer.url, aud: "vexil", iat: seconds(), sub: "ada", events: EVENTS });
  const before = issuer.requests.length;
  for (let count = 0; count < 30; count += 1) {
    await t.throwsAsync(login.backChannelLogout?.("corp", forged, deadline()) ?? Promise.resolve(), invalid);
  }
  t.true(issuer.requests.length - before <= 2, `${issuer.requests.length - before} requests`);
});

test.serial("a logout by the browser needs leave, the issuer and a session", async (t) => {
  const { issuer, login } = await start(t, { provider: { allow_front_channel_logout: true } });
  const end = (query: Record<string, string>): unknown =>
    login.frontChannelLogout?.("corp", new URLSearchParams(query));
  t.deepEqual(end({ iss: issuer.url, sid: "s1" }), { issuer: issuer.url, sid: "s1" });
  t.throws(() => end({ iss: "https://elsewhere.example.com", sid: "s1" }), {
    ...invalid,
    message: "revoke: issuer mismatch",
  });
  t.throws(() => end({ sid: "s1" }), { ...invalid, message: "revoke: issuer mismatch" });
  t.throws(() => end({ iss: issuer.url }), invalid);
  const plain = await start(t);
  t.throws(() => plain.login.frontChannelLogout?.("corp", new URLSearchParams({ iss: plain.issuer.url, sid: "s1" })), {
    ...invalid,
    message: /not allowed/,
  });
});

test.serial("a provider that is not configured is unknown", async (t) => {
  const { login } = await start(t);
  t.deepEqual(login.providers, ["corp"]);
  for (const name of ["other", undefined, "__proto__", "constructor"]) {
    await t.throwsAsync(login.authorize(newFlow(name), deadline()), {
      ...invalid,
      message: "authorize: unknown provider",
    });
  }
});

test.serial("settings that cannot work are refused by name", async (t) => {
  const refuses = async (changes: Settings, message: RegExp, beside: Settings = {}): Promise<void> => {
    const corp = {
      issuer_url: "https://id.example.com",
      client_id: "x",
      client_secret: "y",
      redirect_address: REDIRECT,
    };
    const settings = { providers: { corp: { ...corp, ...changes } }, ...beside };
    await t.throwsAsync(makeMethod(t, oidc, settings), { message });
  };
  await refuses({ client_id: undefined }, /client_id non-empty value is required/);
  await refuses({ client_secret: "" }, /client_secret non-empty value is required/);
  await refuses({ redirect_address: undefined }, /redirect_address non-empty value is required/);
  await refuses(
    { issuer_url: "id.example.com" },
    /corp: issuer_url: "id.example.com" is no address like https:\/\/id\./,
  );
  await refuses({ redirect_address: "flags" }, /corp: redirect_address: "flags" is no address like https:\/\/flags\./);
  await refuses({ algorithms: [] }, /corp: algorithms: name at least one/);
  await refuses({ algorithms: ["HS256"] }, /unknown algorithm "HS256"/);
  await refuses({ algorithms: ["none"] }, /unknown algorithm "none"/);
  await refuses({ claims_mapping: { phone: "/phone" } }, /invalid claim key 'phone'/);
  await refuses({ claims_mapping: { email: "mail" } }, /"mail" is no JSON Pointer/);
  await refuses({ authorize_parameters: { redirect_uri: "https://x" } }, /redirect_uri is set by the login itself/);
  await refuses({ pkce: true }, /pkce/);
  await refuses({}, /email_matches\.1: "\(a" is no regular expression/, { email_matches: ["a", "(a"] });
  await refuses({}, /email_matches\.0: .*is no regular expression/, { email_matches: ["(?=a)"] });
});
