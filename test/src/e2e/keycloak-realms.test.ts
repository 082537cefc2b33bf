import test, { type ExecutionContext } from "ava";
import { importJWK, type JWK, SignJWT } from "jose";
import { Browser, type Page } from "../helpers/access/browser.js";
import { REALM_USER, type Realm, startRealm } from "../helpers/access/keycloak-realm.js";
import { eventually, type Json, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { freePort } from "../helpers/network/free-port.js";

const SECRET = "9f0a7c1e-canary-4f7e-9d0c-5f6b4f4d2c11";
const SESSION = "flipt_client_token";
const FLAGS = "/api/v2/environments/default/namespaces/default/resources";
const FLAG = {
  key: "new",
  payload: { "@type": "flipt.core.Flag", key: "new", name: "New", type: "BOOLEAN_FLAG_TYPE" },
};

const AUTHORIZATION = {
  required: true,
  roles: {
    viewer: [{ actions: ["read", "evaluate"] }],
    editor: [{ actions: ["write"] }],
  },
  bindings: [
    { role: "viewer", match: { claims: { groups: "/devs" }, provider: "acme" } },
    { role: "viewer", match: { method: "jwt", claims: { "/resource_access/vexil/roles": "viewer" } } },
    { role: "editor", match: { claims: { "/realm_access/roles": "flag-editor" } } },
  ],
};

interface Started {
  readonly daemon: RunningDaemon;
  readonly own: string;
  readonly acme: Realm;
  readonly other: Realm;
  /** Logs in as the realm's user, and opens the callback with what Keycloak adds to it. */
  readonly logIn: (realm?: "acme" | "other") => Promise<{ readonly browser: Browser; readonly page: Page }>;
}

/** A daemon whose users are those of two realms of one server, and whose machines come with tokens of the first. */
async function start(t: ExecutionContext, oidc: Readonly<Record<string, unknown>> = {}): Promise<Started> {
  const port = await freePort();
  const own = `http://127.0.0.1:${port}`;
  const [acme, other] = (await Promise.all(
    ["acme", "other"].map(async (name) => startRealm(t, name, own, SECRET)),
  )) as [Realm, Realm];
  const provider = (realm: Realm): object => ({
    issuer_url: realm.url,
    client_id: "vexil",
    client_secret: SECRET,
    redirect_address: own,
    scopes: ["email", "profile"],
    use_pkce: true,
    use_end_session_endpoint: true,
    allow_front_channel_logout: true,
    claims_mapping: { role: "/realm_access/roles/2" },
  });
  const daemon = await startDaemon(t, {
    config: {
      server: { host: "127.0.0.1", http_port: port },
      authentication: {
        required: true,
        session: { domain: "127.0.0.1", secure: true },
        methods: {
          oidc: { enabled: true, providers: { acme: provider(acme), other: provider(other) }, ...oidc },
          jwt: {
            enabled: true,
            jwks_url: `${acme.url}/jwks`,
            validate_claims: { issuer: acme.url, audiences: ["account"] },
            claims_mapping: { name: "/preferred_username" },
          },
        },
      },
      authorization: AUTHORIZATION,
    },
  });
  const logIn: Started["logIn"] = async (realm = "acme") => {
    const browser = new Browser();
    const { authorizeUrl } = JSON.parse((await browser.open(`${own}/auth/v1/method/oidc/${realm}/authorize`)).text);
    const back = new URL((await browser.open(authorizeUrl, { follows: ({ origin }) => origin !== own })).url);
    t.is(back.searchParams.get("iss"), (realm === "acme" ? acme : other).url);
    back.searchParams.set("session_state", crypto.randomUUID());
    return { browser, page: await browser.open(back.href, { follows: () => false }) };
  };
  return { daemon, own, acme, other, logIn };
}

const jsonOf = ({ text }: Page): Json => JSON.parse(text);

test.serial("a realm's user has the rights of nested roles and of groups with a slash", async (t) => {
  const { own, acme, logIn } = await start(t);
  const { browser, page } = await logIn();
  t.is(page.status, 302, page.text);
  const self = jsonOf(await browser.open(`${own}/auth/v1/self`));
  t.is(self.metadata["io.flipt.auth.oidc.email"], "ada@example.com");
  t.is(self.metadata["io.flipt.auth.oidc.email_verified"], "false");
  t.is(self.metadata["io.flipt.auth.oidc.role"], "flag-editor");
  t.like(JSON.parse(self.metadata["io.flipt.auth.claims"]), { azp: "vexil", typ: "ID", preferred_username: "ada" });
  t.is((await browser.open(`${own}${FLAGS}/flipt.core.Flag`)).status, 200);
  const write = { method: "POST", body: JSON.stringify(FLAG) };
  t.is((await browser.open(own + FLAGS, write)).status, 200);
  const history = jsonOf(await browser.open(`${own}/api/v2/environments/default/history`));
  t.like(history.commits[0], { authorName: "Ada Lovelace", authorEmail: "ada@example.com" });
  acme.account = { ...REALM_USER, groups: ["devs", "/devs-not"], realm_access: { roles: ["flag-editor-not"] } };
  const less = await logIn();
  t.is(less.page.status, 302);
  t.is((await less.browser.open(`${own}${FLAGS}/flipt.core.Flag`)).status, 403);
  t.is((await less.browser.open(own + FLAGS, write)).status, 403);
});

test.serial("realms are providers apart: users, sessions and logouts of one are none of the other's", async (t) => {
  const { own, acme, other, logIn } = await start(t);
  const [ours, theirs] = [await logIn("acme"), await logIn("other")];
  t.deepEqual([ours.page.status, theirs.page.status], [302, 302]);
  t.is((await ours.browser.open(`${own}${FLAGS}/flipt.core.Flag`)).status, 200);
  t.is((await theirs.browser.open(`${own}${FLAGS}/flipt.core.Flag`)).status, 403, "a group of another realm");
  const self = async (browser: Browser): Promise<Json> => jsonOf(await browser.open(`${own}/auth/v1/self`));
  const sidOf = async ({ browser }: { browser: Browser }): Promise<string> =>
    JSON.parse((await self(browser)).metadata["io.flipt.auth.claims"]).sid;
  const sid = await sidOf(ours);
  const copy = { headers: { authorization: `Bearer ${ours.browser.cookie(SESSION)}` } };
  const front = (realm: string, iss: string, which: string): Promise<Page> =>
    new Browser().open(`${own}/auth/v1/method/oidc/${realm}/revoke?${new URLSearchParams({ sid: which, iss })}`);
  t.is((await front("acme", other.url, sid)).status, 400);
  t.is((await front("other", other.url, sid)).status, 200);
  t.is((await fetch(`${own}/auth/v1/self`, copy)).status, 200, "another realm's session of that name");
  const out = await front("acme", acme.url, sid);
  t.deepEqual([out.status, out.headers.get("cache-control")], [200, "no-store"]);
  t.regex(out.headers.getSetCookie().join(), /flipt_client_token=;.*Max-Age=0.*SameSite=None/);
  t.is((await fetch(`${own}/auth/v1/self`, copy)).status, 401);
  t.is((await self(theirs.browser)).method, "METHOD_OIDC");
  const again = await logIn();
  const logoutToken = await acme.sign(
    {
      iat: Math.floor(Date.now() / 1000),
      jti: crypto.randomUUID(),
      iss: acme.url,
      aud: "vexil",
      sub: REALM_USER.sub,
      typ: "Logout",
      sid: await sidOf(again),
      events: { "http://schemas.openid.net/event/backchannel-logout": { revoke_offline_access: true } },
    },
    { typ: "logout+jwt" },
  );
  const body = new URLSearchParams({ logout_token: logoutToken });
  const back = (realm: string): Promise<Response> =>
    fetch(`${own}/auth/v1/method/oidc/${realm}/revoke`, { method: "POST", body });
  t.is((await back("other")).status, 400);
  t.is((await self(again.browser)).method, "METHOD_OIDC");
  t.is((await back("acme")).status, 200);
  t.is((await again.browser.open(`${own}/auth/v1/self`)).status, 401);
});

test.serial("logging out leads to the realm, which knows the user by the hint and leads back", async (t) => {
  const { own, acme, logIn } = await start(t);
  const { browser } = await logIn();
  const { nextUri } = jsonOf(await browser.open(`${own}/auth/v1/self/revoke`, { method: "DELETE" }));
  const next = new URL(nextUri);
  t.is(next.origin + next.pathname, `${acme.url}/session/end`);
  t.is(next.searchParams.get("post_logout_redirect_uri"), own);
  const [, claims = ""] = (next.searchParams.get("id_token_hint") ?? "").split(".");
  t.like(JSON.parse(Buffer.from(claims, "base64url").toString()), { sub: REALM_USER.sub, azp: "vexil" });
  t.is((await browser.open(nextUri, { follows: ({ origin }) => origin !== own })).status, 200);
  t.is((await browser.open(`${own}/auth/v1/self`)).status, 401);
});

test.serial(
  "a user without an e-mail address, or with one that nobody has verified, is let in as the rule says",
  async (t) => {
    const { own, acme, logIn } = await start(t);
    const { email: _, name: __, ...nameless } = REALM_USER;
    acme.account = nameless as typeof REALM_USER;
    const { browser, page } = await logIn();
    t.is(page.status, 302);
    t.is((await browser.open(own + FLAGS, { method: "POST", body: JSON.stringify(FLAG) })).status, 200);
    const history = jsonOf(await browser.open(`${own}/api/v2/environments/default/history`));
    t.like(history.commits[0], { authorEmail: "flipt[bot]@noreply.flipt.io" });
    const strict = await start(t, { email_matches: ["@example\\.com$"] });
    t.is((await strict.logIn()).page.status, 401, "not verified");
    strict.acme.account = nameless as typeof REALM_USER;
    t.is((await strict.logIn()).page.status, 401, "none");
    strict.acme.account = { ...REALM_USER, email_verified: true };
    t.is((await strict.logIn()).page.status, 302);
  },
);

test.serial("a machine's token of a realm is let in, whichever of its keys has signed it, and no other", async (t) => {
  const { daemon, own, acme, other } = await start(t);
  const status = async (token: string, path = `${FLAGS}/flipt.core.Flag`): Promise<number> =>
    (await fetch(own + path, { headers: { authorization: `JWT ${token}`, connection: "close" } })).status;
  const until = (wanted: number, token: string): Promise<number> =>
    eventually(
      () => status(token),
      (seen) => seen === wanted,
    );
  const first = await acme.machineToken("ci");
  t.is(await until(200, first), 200);
  const self = (await daemon.get("/auth/v1/self", { authorization: `JWT ${first}` })).body;
  t.is(self.metadata["io.flipt.auth.jwt.name"], "service-account-ci");
  const signedBy = async (index: number, alg: string): Promise<string> => {
    const key = acme.moreKeys[index] as unknown as JWK;
    const [, claims = ""] = (await acme.machineToken("ci")).split(".");
    return new SignJWT(JSON.parse(Buffer.from(claims, "base64url").toString()))
      .setProtectedHeader({ alg, typ: "JWT", kid: String(key.kid) })
      .sign(await importJWK({ ...key, alg, use: "sig" }, alg));
  };
  t.is(await status(await signedBy(1, "ES256")), 200);
  t.is(await status(await signedBy(0, "RS256")), 401, "the key that is for encryption");
  t.is(await status(await other.machineToken("ci")), 401, "another realm's");
  t.is(await status(await other.machineToken("ci", { iss: acme.url })), 401);
  t.is(await status(await acme.machineToken("ci", { aud: ["vexil", "account"] })), 200);
  t.is(await status(await acme.machineToken("ci", { aud: "vexil" })), 401);
  t.is(await status(await acme.machineToken("ci", { exp: Math.floor(Date.now() / 1000) - 90 })), 401);
  t.is(await status(await acme.machineToken("ci", { resource_access: { other: { roles: ["viewer"] } } })), 403);
  t.is(
    await status(await acme.machineToken("ci", { "/resource_access/vexil/roles": "viewer", resource_access: {} })),
    403,
  );
  await acme.rotateKeys();
  t.is(await until(200, await acme.machineToken("ci")), 200, "the new key");
  t.is(await status(await acme.machineToken("ci")), 200);
  t.is(await status(first), 200, "the old one is listed on");
});
