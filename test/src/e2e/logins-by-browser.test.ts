import test, { type ExecutionContext } from "ava";
import { Browser, type Page } from "../helpers/access/browser.js";
import { startGithub } from "../helpers/access/fake-github.js";
import { type Issuer, startIssuer } from "../helpers/access/oidc-issuer.js";
import { type Json, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { freePort } from "../helpers/network/free-port.js";

const SECRET = "canary-secret-of-the-client";
const SESSION = "flipt_client_token";
const STATE = "flipt_client_state";

interface Started {
  readonly daemon: RunningDaemon;
  readonly issuer: Issuer;
  /** Goes to the daemon's login, and to the provider; comes back up to the callback, which is not opened yet. */
  readonly goAndComeBack: (browser: Browser, query?: string) => Promise<string>;
  /** Opens a callback, and follows to nowhere. */
  readonly callback: (browser: Browser, address: string, init?: RequestInit) => Promise<Page>;
  readonly logIn: (browser: Browser) => Promise<Page>;
}

async function start(
  t: ExecutionContext,
  provider: Readonly<Record<string, unknown>> = {},
  session: Readonly<Record<string, unknown>> = {},
): Promise<Started> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const issuer = await startIssuer(t, {
    clients: () => [
      {
        client_id: "vexil",
        client_secret: SECRET,
        redirect_uris: ["corp", "other"].map((name) => `${address}/auth/v1/method/oidc/${name}/callback`),
        post_logout_redirect_uris: [address],
        backchannel_logout_uri: `${address}/auth/v1/method/oidc/corp/revoke`,
        backchannel_logout_session_required: true,
      },
    ],
  });
  const corp = {
    issuer_url: issuer.url,
    client_id: "vexil",
    client_secret: SECRET,
    redirect_address: address,
    scopes: ["email", "profile"],
    use_pkce: true,
    ...provider,
  };
  const daemon = await startDaemon(t, {
    config: {
      server: { host: "127.0.0.1", http_port: port },
      authentication: {
        required: true,
        session: { domain: "127.0.0.1", ...session },
        methods: { oidc: { enabled: true, providers: { corp, other: corp } } },
      },
    },
  });
  const goAndComeBack: Started["goAndComeBack"] = async (browser, query = "") => {
    const { authorizeUrl } = JSON.parse(
      (await browser.open(`${address}/auth/v1/method/oidc/corp/authorize${query}`)).text,
    ) as { readonly authorizeUrl: string };
    const page = await browser.open(authorizeUrl, { follows: ({ origin }) => origin === issuer.url });
    t.true(page.url.startsWith(`${address}/auth/v1/method/oidc/corp/callback?`), page.url);
    return page.url;
  };
  const callback: Started["callback"] = (browser, url, init = {}) =>
    browser.open(url, { ...init, follows: () => false });
  return {
    daemon,
    issuer,
    goAndComeBack,
    callback,
    logIn: async (browser) => callback(browser, await goAndComeBack(browser)),
  };
}

const self = async (daemon: RunningDaemon, browser: Browser): Promise<{ status: number; body: Json }> => {
  const page = await browser.open(`${daemon.url}/auth/v1/self`);
  return { status: page.status, body: JSON.parse(page.text) };
};

test.serial("a user logs in, reads flags, and logs out", async (t) => {
  const { daemon, logIn } = await start(t);
  const browser = new Browser();
  t.is((await browser.open(`${daemon.url}/api/v1/namespaces/default/flags`)).status, 401);
  const page = await logIn(browser);
  t.is(page.status, 302);
  t.is(page.headers.get("location"), "/");
  const cookie = page.headers.getSetCookie().find((line) => line.startsWith(`${SESSION}=`)) ?? "";
  for (const attribute of [/;\s*HttpOnly/i, /;\s*SameSite=Strict/i, /;\s*Path=\//i]) t.regex(cookie, attribute);
  const known = await self(daemon, browser);
  t.is(known.status, 200);
  t.is(known.body.method, "METHOD_OIDC");
  t.is(known.body.metadata["io.flipt.auth.oidc.email"], "ada@example.com");
  t.true(Date.parse(known.body.expiresAt) > Date.now());
  t.is((await browser.open(`${daemon.url}/api/v1/namespaces/default/flags`)).status, 200);
  const token = browser.cookie(SESSION) ?? "";
  t.is((await daemon.get("/auth/v1/self", { authorization: `Bearer ${token}` })).status, 200);
  t.is((await daemon.get("/auth/v1/self", { authorization: `JWT ${token}` })).status, 401);
  const out = await browser.open(`${daemon.url}/auth/v1/self/revoke`, { method: "DELETE" });
  t.is(out.status, 200);
  t.is(browser.cookie(SESSION), undefined, "the cookie is cleared");
  t.is((await daemon.get("/auth/v1/self", { authorization: `Bearer ${token}` })).status, 401, "and so is the session");
});

test.serial("a callback is for the browser that began, once, and for its provider", async (t) => {
  const { daemon, goAndComeBack, callback } = await start(t);
  const refused = (page: Page, what: string): void => {
    t.true(page.status >= 400 && page.status <= 500, `${what}: ${page.status}`);
    t.false(
      page.headers.getSetCookie().some((line) => /^flipt_client_token=[^;]/.test(line)),
      what,
    );
  };
  const victim = new Browser();
  const address = await goAndComeBack(victim);
  const stranger = new Browser();
  const stolen = await callback(stranger, address);
  t.is(stolen.status, 401, "without the cookie");
  refused(stolen, "without the cookie");
  await goAndComeBack(stranger);
  refused(await callback(stranger, address), "with the cookie of another login");
  const other = new URL(address);
  other.pathname = other.pathname.replace("/corp/", "/other/");
  stranger.plant("127.0.0.1", STATE, other.searchParams.get("state") ?? "", other.pathname);
  refused(await callback(stranger, other.href), "at another provider");
  const without = new URL(address);
  without.searchParams.delete("state");
  t.is((await callback(victim, without.href)).status, 401);
  t.is((await callback(victim, address)).status, 302, "none of this has used it up");
  const state = new URL(address).searchParams.get("state") ?? "";
  victim.plant("127.0.0.1", STATE, state, new URL(address).pathname);
  refused(await callback(victim, address), "a second time");
  const text = JSON.stringify(daemon.lines) + daemon.stderr();
  for (const secret of [SECRET, new URL(address).searchParams.get("code") ?? "", state, victim.cookie(SESSION) ?? ""]) {
    t.false(text.includes(secret), "no secret in the log");
  }
});

test.serial("after a login the browser stays here, whatever it was asked with", async (t) => {
  const { goAndComeBack, callback } = await start(t);
  const places = ["//evil.example.com", "https://evil.example.com", "/\\evil.example.com", "\\\\evil", "javascript:x"];
  for (const place of places) {
    const browser = new Browser();
    const address = new URL(await goAndComeBack(browser, `?state=${encodeURIComponent(place)}`));
    address.searchParams.set("redirect", place);
    const page = await callback(browser, address.href, { headers: { "x-forwarded-prefix": place } });
    const target = new URL(page.headers.get("location") ?? "/", "http://here.example.com");
    t.is(target.origin, "http://here.example.com", place);
    t.notRegex(page.headers.get("location") ?? "/", /^[^/]|^\/[/\\]/, place);
  }
});

test.serial("after a login the browser is back on the page that was asked for", async (t) => {
  const { daemon, goAndComeBack, callback } = await start(t);
  const browser = new Browser();
  const wanted = "/environments/production?tab=flags&q=a%20b#rules";
  const page = await callback(browser, await goAndComeBack(browser, `?state=${encodeURIComponent(wanted)}`));
  t.deepEqual([page.status, page.headers.get("location")], [302, wanted]);
  t.is((await self(daemon, browser)).status, 200);
});

test.serial("a session of another instance, or one that is made up, is nobody's", async (t) => {
  const [one, two] = [await start(t), await start(t)];
  const browser = new Browser();
  await one.logIn(browser);
  const token = browser.cookie(SESSION) ?? "";
  t.is((await two.daemon.get("/auth/v1/self", { authorization: `Bearer ${token}` })).status, 401);
  t.is((await two.daemon.get("/auth/v1/self", { cookie: `${SESSION}=${token}` })).status, 401);
  for (const made of [
    "x",
    token.slice(1),
    `${token}x`,
    token.replace(/.{30}$/, (end) => [...end].reverse().join("")),
  ]) {
    t.is((await one.daemon.get("/auth/v1/self", { cookie: `${SESSION}=${made}` })).status, 401);
  }
});

test.serial("the provider ends sessions by its back channel", async (t) => {
  const { daemon, issuer, logIn } = await start(t);
  const browser = new Browser();
  await logIn(browser);
  t.is((await self(daemon, browser)).status, 200);
  const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
  const now = Math.floor(Date.now() / 1_000);
  const token = await issuer.sign({ iss: issuer.url, aud: "vexil", iat: now, jti: "1", sub: "ada", events });
  const revoke = (logoutToken: string): Promise<Response> =>
    fetch(`${daemon.url}/auth/v1/method/oidc/corp/revoke`, {
      method: "POST",
      body: new URLSearchParams({ logout_token: logoutToken }),
    });
  t.is((await revoke("made.up.token")).status, 400);
  t.is((await self(daemon, browser)).status, 200);
  t.is((await revoke(token)).status, 200);
  t.is((await self(daemon, browser)).status, 401);
});

/** At the provider's own page about logging out: the user agrees. */
async function agree(browser: Browser, issuer: Issuer, page: Page, follows: (url: URL) => boolean): Promise<Page> {
  const [, xsrf = ""] = /name="xsrf" value="([^"]+)"/.exec(page.text) ?? [];
  // What follows a form is a GET, which this browser does not know.
  const done = await browser.open(`${issuer.url}/session/end/confirm`, {
    method: "POST",
    body: new URLSearchParams({ xsrf, logout: "yes" }),
    follows: () => false,
  });
  return follows(new URL(done.url)) ? browser.open(done.url) : done;
}

test.serial("who logs out at the provider is logged out here, and nobody else", async (t) => {
  const { daemon, issuer, logIn } = await start(t);
  const [browser, other] = [new Browser(), new Browser()];
  await logIn(browser);
  await logIn(other);
  const page = await agree(browser, issuer, await browser.open(`${issuer.url}/session/end`), () => true);
  t.is(page.status, 200);
  t.is((await self(daemon, browser)).status, 401);
  t.is((await self(daemon, other)).status, 200, "of the same user, with another session");
});

test.serial("who logs out here goes on to the provider, and comes back", async (t) => {
  const { daemon, issuer, logIn } = await start(t, { use_end_session_endpoint: true });
  const browser = new Browser();
  await logIn(browser);
  const out = await browser.open(`${daemon.url}/auth/v1/self/revoke`, { method: "DELETE" });
  const { nextUri } = JSON.parse(out.text) as { readonly nextUri: string };
  const page = await agree(browser, issuer, await browser.open(nextUri), () => false);
  t.is(new URL(page.url).origin, new URL(daemon.url).origin);
  t.is((await self(daemon, browser)).status, 401);
});

test.serial("a page of the provider's ends its session here, in the browser of its user", async (t) => {
  const { daemon, issuer, logIn } = await start(t, { allow_front_channel_logout: true }, { secure: true });
  const [browser, other] = [new Browser(), new Browser()];
  await logIn(browser);
  await logIn(other);
  const token = browser.cookie(SESSION) ?? "";
  const known = await self(daemon, browser);
  const { sid } = JSON.parse(known.body.metadata["io.flipt.auth.claims"]) as { readonly sid: string };
  const revoke = (query: Record<string, string>): Promise<Page> =>
    browser.open(`${daemon.url}/auth/v1/method/oidc/corp/revoke?${new URLSearchParams(query)}`);
  t.is((await revoke({ iss: "https://elsewhere.example.com", sid })).status, 400);
  t.is((await revoke({ sid })).status, 400);
  t.is((await revoke({ iss: issuer.url, sid: `${sid}x` })).status, 200, "it is not told which there are");
  browser.plant("127.0.0.1", SESSION, token);
  t.is((await self(daemon, browser)).status, 200);
  const page = await revoke({ iss: issuer.url, sid });
  t.deepEqual([page.status, page.headers.get("cache-control")], [200, "no-store"]);
  for (const line of page.headers.getSetCookie()) t.regex(line, /^flipt_client_\w+=; .*Secure; SameSite=None$/);
  t.is(browser.cookie(SESSION), undefined);
  t.is((await daemon.get("/auth/v1/self", { authorization: `Bearer ${token}` })).status, 401);
  t.is((await self(daemon, other)).status, 200, "of the same user, with another session");
});

test.serial("a user of GitHub logs in, and one of no allowed organization does not", async (t) => {
  const github = await startGithub(t);
  const port = await freePort();
  const daemon = await startDaemon(t, {
    config: {
      server: { host: "127.0.0.1", http_port: port },
      authentication: {
        required: true,
        session: { domain: "127.0.0.1" },
        methods: {
          github: {
            enabled: true,
            server_url: github.url,
            api_url: github.url,
            client_id: github.clientId,
            client_secret: github.clientSecret,
            redirect_address: `http://127.0.0.1:${port}`,
            scopes: ["read:org"],
            allowed_organizations: ["acme"],
          },
        },
      },
    },
  });
  const logIn = async (browser: Browser): Promise<Page> => {
    const { authorizeUrl } = JSON.parse((await browser.open(`${daemon.url}/auth/v1/method/github/authorize`)).text) as {
      readonly authorizeUrl: string;
    };
    const state = new URL(authorizeUrl).searchParams.get("state") ?? "";
    const query = new URLSearchParams({ code: github.newCode(), state });
    return browser.open(`${daemon.url}/auth/v1/method/github/callback?${query}`, { follows: () => false });
  };
  const browser = new Browser();
  github.organizations = ["other"];
  t.is((await logIn(browser)).status, 401);
  t.is(browser.cookie(SESSION), undefined);
  github.organizations = ["acme"];
  t.is((await logIn(browser)).status, 302);
  t.is((await self(daemon, browser)).body.metadata["io.flipt.auth.github.organizations"], '["acme"]');
});
