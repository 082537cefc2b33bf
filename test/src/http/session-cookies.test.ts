import { request } from "node:https";
import test, { type ExecutionContext } from "ava";
import { acmeDaemon, type LoggedIn } from "../helpers/access/acme-daemon.js";
import { makeCertificate } from "../helpers/network/certificate.js";

/** `fetch` that trusts a test's own authority, and nobody else. */
const fetchTrusting =
  (ca: string): typeof fetch =>
  (address, { method = "GET", headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const options = { ca, method, agent: false, headers: headers as Readonly<Record<string, string>> };
      const sent = request(String(address), options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const answered = new Headers();
          for (let at = 0; at < response.rawHeaders.length; at += 2) {
            answered.append(response.rawHeaders[at] ?? "", response.rawHeaders[at + 1] ?? "");
          }
          resolve(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0, headers: answered }));
        });
      });
      sent.on("error", reject);
      sent.end();
    });

/** Cookies of a login's begin, of its end, and of the logout. */
async function cookiesOf(
  t: ExecutionContext,
  options: Parameters<typeof acmeDaemon>[1],
): Promise<readonly [state: string, token: string, cleared: readonly string[]]> {
  const { send, login } = await acmeDaemon(t, options);
  const begun = await send("method/acme/one/authorize");
  const { response, session }: LoggedIn = await login();
  t.is(response.status, 302);
  t.is((await send("self", { headers: session })).status, 200);
  const out = await send("self/expire", { method: "PUT", headers: session });
  const [state = ""] = begun.headers.getSetCookie();
  const [token = ""] = response.headers.getSetCookie();
  return [state, token, out.headers.getSetCookie()];
}

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(`${processes}: on TLS the cookies of logins are secure without being asked to be`, async (t) => {
    const { ca, keyPath, certPath } = await makeCertificate(t);
    for (const secure of [false, true]) {
      const server = { protocol: "https", https_port: 0, cert_file: certPath, cert_key: keyPath };
      const [state, token, cleared] = await cookiesOf(t, {
        workers,
        server,
        session: { domain: "127.0.0.1", secure },
        fetch: fetchTrusting(ca),
      });
      t.regex(state, /; Domain=127\.0\.0\.1; Path=[^;]+; Expires=[^;]+ GMT; HttpOnly; Secure; SameSite=Lax$/);
      t.regex(token, /; Domain=127\.0\.0\.1; Path=\/; Expires=[^;]+ GMT; HttpOnly; Secure; SameSite=Strict$/);
      t.is(cleared.length, 2);
    }
  });
}

test.serial("without TLS they are so where a proxy has it", async (t) => {
  for (const secure of [false, true]) {
    const [state, token] = await cookiesOf(t, { session: { secure } });
    for (const cookie of [state, token]) {
      t.regex(cookie, /; HttpOnly;/);
      t.is(/; Secure;/.test(cookie), secure, cookie);
      t.notRegex(cookie, /Domain/, "browsers take none for localhost");
    }
  }
});
