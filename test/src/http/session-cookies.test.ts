import { request } from "node:https";
import test, { type ExecutionContext } from "ava";
import { acmeDaemon, type LoggedIn } from "../helpers/access/acme-daemon.js";
import { RawConnection, rawRequest } from "../helpers/http/raw-exchange.js";
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

for (const workers of [1, 2]) {
  test.serial(
    `${workers} processes: a browser that another site leads here asks once more, and nobody else does`,
    async (t) => {
      const { daemon, login } = await acmeDaemon(t, { workers });
      const { token } = await login();
      const ask = async (target: string, headers: Readonly<Record<string, string>>) => {
        const connection = await RawConnection.open(t, daemon.url());
        const [path = "", method = "GET"] = target.split(" ");
        connection.write(
          rawRequest(`${method} ${path}`, [
            ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
            "Connection: close",
          ]),
        );
        return connection.answer();
      };
      const led = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document" };
      const page = "/api/v2/environments?tab=a;b&q=a%20b";
      for (const path of [page, "/auth/v1/self", "/meta/info"]) {
        const { status, headers, body } = await ask(path, led);
        t.is(status, 401, path);
        t.is(headers.refresh, `0; url=${path}`);
        t.deepEqual(JSON.parse(body), { code: 16, message: "request was not authenticated", details: [] });
      }
      t.is((await ask(page, { ...led, "X-Forwarded-Prefix": "/flags" })).headers.refresh, `0; url=/flags${page}`);
      const cookie = `flipt_client_token=${token}`;
      const others: [what: string, status: number, target: string, headers: Record<string, string>][] = [
        ["this site", 401, page, { ...led, "Sec-Fetch-Site": "same-origin" }],
        ["an address that was typed", 401, page, { ...led, "Sec-Fetch-Site": "none" }],
        ["a frame", 401, page, { ...led, "Sec-Fetch-Dest": "iframe" }],
        ["a script", 401, page, { ...led, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty" }],
        ["no browser", 401, page, {}],
        ["a session", 200, page, { ...led, Cookie: cookie }],
        ["a session that is none", 401, page, { ...led, Cookie: "flipt_client_token=x" }],
        ["a token that is none", 401, page, { ...led, Authorization: "Bearer x" }],
        ["what is not there", 404, "/api/v2/nothing", led],
        ["what is open", 200, "/auth/v1/method", led],
        ["another server's name", 404, "//evil.example/api/v2/environments", led],
      ];
      for (const [what, wanted, target, headers] of others) {
        const answer = await ask(target, headers);
        t.is(answer.status, wanted, what);
        t.is(answer.headers.refresh, undefined, what);
      }
    },
  );
}
