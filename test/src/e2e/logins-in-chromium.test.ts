import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { type ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { type Issuer, startIssuer } from "../helpers/access/oidc-issuer.js";
import { type FreshPage, freshPage, missingChromium } from "../helpers/browser/chromium.js";
import { watchPage } from "../helpers/browser/watch-page.js";
import { type Json, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { freePort } from "../helpers/network/free-port.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const withChromium = testUnless(missingChromium, test.serial);
const SECRET = "canary-secret-of-the-client";
const SESSION = "flipt_client_token";
const STATE = "flipt_client_state";

interface Started extends FreshPage {
  readonly daemon: RunningDaemon;
  readonly issuer: Issuer;
  /** The daemon as browsers know it: another site than the provider, as it is in the world. */
  readonly own: string;
}

async function start(t: ExecutionContext): Promise<Started> {
  const port = await freePort();
  const own = `http://localhost:${port}`;
  const issuer = await startIssuer(t, {
    hasForms: true,
    clients: () => [
      {
        client_id: "vexil",
        client_secret: SECRET,
        redirect_uris: [`${own}/auth/v1/method/oidc/corp/callback`],
        post_logout_redirect_uris: [own],
      },
    ],
  });
  const corp = {
    issuer_url: issuer.url,
    client_id: "vexil",
    client_secret: SECRET,
    redirect_address: own,
    scopes: ["email", "profile"],
    use_pkce: true,
    use_end_session_endpoint: true,
  };
  const daemon = await startDaemon(t, {
    config: {
      server: { host: "127.0.0.1", http_port: port },
      authentication: {
        required: true,
        session: { domain: "localhost" },
        methods: { oidc: { enabled: true, providers: { corp } } },
      },
    },
  });
  // A browser tells in its console of everything that is answered 401, and of the picture that it looks for beside JSON.
  const expected = [/status of 401/, /status of 404/];
  return { daemon, issuer, own, ...(await freshPage(t, { own, others: [issuer.url], expected })) };
}

/** Sends a request as a script of the page does. */
const ask = (page: Page, path: string, method = "GET"): Promise<{ readonly status: number; readonly body: Json }> =>
  page.evaluate(
    async ([target, verb]) => {
      const response = await fetch(target, { method: verb });
      return { status: response.status, body: await response.json() };
    },
    [path, method] as const,
  );

/** Goes to the provider as a page sends its browser there when it is not let in. */
async function goToLogin({ page, issuer }: Started, wanted: string): Promise<void> {
  const { body } = await ask(page, `/auth/v1/method/oidc/corp/authorize?state=${encodeURIComponent(wanted)}`);
  await page.evaluate(`location.assign(${JSON.stringify(body.authorizeUrl)})`);
  await page.waitForURL((url) => url.origin === issuer.url);
  await page.getByPlaceholder("Enter any login").waitFor();
}

/** Cookies of the daemon as the browser keeps them. */
const cookiesOf = async ({ context, own }: Started, name: string) =>
  (await context.cookies([own, `${own}/auth/v1/method/oidc/corp/callback`])).filter((cookie) => cookie.name === name);

withChromium(
  "a user logs in by the provider's forms, is back on the page that was asked for, and logs out",
  async (t) => {
    const started = await start(t);
    const { daemon, issuer, own, page } = started;
    const wanted = "/api/v2/environments?tab=flags&q=a%20b";
    t.is((await page.goto(own + wanted))?.status(), 401);
    await goToLogin(started, wanted);
    const [state] = await cookiesOf(started, STATE);
    t.like(state, { path: "/auth/v1/method/oidc/corp/callback", httpOnly: true, sameSite: "Lax", secure: false });
    await page.getByPlaceholder("Enter any login").fill(issuer.account.sub);
    await page.getByPlaceholder("and password").fill("of no interest");
    await page.getByRole("button", { name: "Sign-in" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    // A strict cookie does not come along to where another site sends the browser, but to what this site asks for next.
    await page.waitForFunction("document.body?.innerText.includes('environments')");
    t.is(page.url(), own + wanted);
    t.like(JSON.parse(await page.evaluate("document.body.innerText")), { environments: [{ key: "default" }] });
    const known = await ask(page, "/auth/v1/self");
    t.is(known.status, 200);
    t.is(known.body.metadata["io.flipt.auth.oidc.email"], "ada@example.com");
    const [session, ...more] = await cookiesOf(started, SESSION);
    if (session === undefined) return t.fail("the browser has kept no session");
    t.deepEqual(more, []);
    t.like(session, { domain: "localhost", path: "/", httpOnly: true, sameSite: "Strict", secure: false });
    t.true(Math.abs(session.expires * 1000 - Date.parse(known.body.expiresAt)) < 2000, "it goes with the session");
    t.is(await page.evaluate("document.cookie"), "", "no script can read it");
    t.is((await page.goto(`${own}/api/v2/environments`))?.status(), 200);

    const out = await ask(page, "/auth/v1/self/revoke", "DELETE");
    t.is(out.status, 200);
    t.deepEqual(await cookiesOf(started, SESSION), [], "the browser has thrown it away");
    const copied = { cookie: `${SESSION}=${session.value}` };
    t.is((await daemon.get("/auth/v1/self", copied)).status, 401, "and a copy of it is of no use");
    await page.evaluate(`location.assign(${JSON.stringify(out.body.nextUri)})`);
    await page.getByRole("button", { name: "Yes, sign me out" }).click();
    await page.waitForURL((url) => url.origin === own);
    t.is((await ask(page, "/auth/v1/self")).status, 401);
    t.is((await page.goto(own + wanted))?.status(), 401);
    await goToLogin(started, wanted);
    t.pass("the provider asks who it is again");
  },
);

withChromium("a page that complains, or asks somebody else, is told of", async (t) => {
  const server = createServer((_request, response) => response.end("{}")).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const own = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { page } = await freshPage(t, { own, expected: [/./] });
  const faults = watchPage(page, { own });
  await page.goto(own);
  const elsewhere = "http://elsewhere.example/";
  await page.evaluate(`fetch(${JSON.stringify(elsewhere)}).catch(() => console.error("it is not there"))`);
  await page.evaluate(
    "new Promise((resolve) => { setTimeout(() => { throw new Error('out of order') }); setTimeout(resolve, 50); })",
  );
  t.true(
    faults.some((fault) => fault.startsWith(`request: ${elsewhere}`)),
    faults.join("; "),
  );
  t.true(faults.includes("console: it is not there"), faults.join("; "));
  t.true(
    faults.some((fault) => /^exception: .*out of order/.test(fault)),
    faults.join("; "),
  );
});
