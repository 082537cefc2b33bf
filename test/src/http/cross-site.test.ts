import test, { type ExecutionContext } from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { plainConfig } from "../helpers/http/plain-config.js";
import { RawConnection } from "../helpers/http/raw-exchange.js";

const NAMESPACES = "/api/v2/environments/default/namespaces";
const SNAPSHOT = "/client/v2/environments/default/namespaces/default/snapshot";

interface Started {
  /** Host and port, as clients at the daemon's own address name them. */
  readonly host: string;
  /** Sends a request byte for byte, and tells the answer's status. */
  readonly send: (line: string, headers: readonly string[], body?: string) => Promise<number>;
  /** Keys of the namespaces that exist. */
  readonly namespaces: () => Promise<readonly string[]>;
}

async function start(t: ExecutionContext, config: Readonly<Record<string, unknown>> = {}): Promise<Started> {
  const { daemon, start: begin, url } = await inProcessDaemon(t, { storage: { default: {} }, ...config });
  await (await begin()).settled;
  t.truthy(daemon.url);
  const local = url().replace("0.0.0.0", "127.0.0.1");
  const { host } = new URL(local);
  return {
    host,
    send: async (line, headers, body) => {
      const connection = await RawConnection.open(t, local);
      const length = body === undefined ? [] : [`Content-Length: ${body.length}`];
      const version = /HTTP\/1\.\d$/.test(line) ? "" : " HTTP/1.1";
      connection.write([`${line}${version}`, ...length, ...headers, "", body ?? ""].join("\r\n"));
      return (await connection.answer()).status;
    },
    namespaces: async () => {
      const answer = (await (await fetch(`${local}${NAMESPACES}`)).json()) as { readonly items: { key: string }[] };
      return answer.items.map(({ key }) => key);
    },
  };
}

const created = (key: string): string => JSON.stringify({ key, name: key });

for (const workers of [1, 2]) {
  const processes = workers === 1 ? "one process" : "workers";

  test.serial(`${processes}: no page of another origin creates, changes, deletes or rolls back anything`, async (t) => {
    const { host, send, namespaces } = await start(t, { server: { workers } });
    t.is(await send(`POST ${NAMESPACES}`, [`Host: ${host}`], created("own")), 200);
    const [, port] = host.split(":");
    const foreign = [
      ["Origin: http://evil.example", "Content-Type: text/plain"],
      ["Origin: http://evil.example", "Content-Type: application/x-www-form-urlencoded"],
      ["Origin: http://evil.example", "Sec-Fetch-Site: same-origin"],
      ["Origin: null"],
      ["Origin: http://127.0.0.1:1"],
      ["Origin: http://127.0.0.1"],
      [`Origin: http://localhost.evil.example:${port}`],
      [`Origin: http://127.0.0.1.evil.example:${port}`],
      [`Origin: http://evil.example@${host}`],
      [`Origin: http://${host}`, "Origin: http://evil.example"],
      ["Origin: "],
      ["Origin: file://"],
      ["Sec-Fetch-Site: cross-site"],
      ["Sec-Fetch-Site: same-site"],
      ["Sec-Fetch-Site: cross-site", `Origin: http://${host}`],
      ["Sec-Fetch-Site: same-site", `Origin: http://${host}`],
    ];
    for (const headers of foreign) {
      const all = [`Host: ${host}`, ...headers];
      const name = headers.join(", ");
      t.is(await send(`POST ${NAMESPACES}`, all, created("evil")), 403, name);
      t.is(await send(`PUT ${NAMESPACES}`, all, created("own")), 403, name);
      t.is(await send(`DELETE ${NAMESPACES}/own`, all), 403, name);
      t.is(await send(`POST ${NAMESPACES}/own/rollback`, all, '{"to":"0"}'), 403, name);
      t.is(await send("POST /api/v2/environments/default/branches", all, '{"key":"evil"}'), 403, name);
      t.is(await send("POST /api/storages/default/sync", all), 403, name);
      // What cannot be read as a path is read by nobody.
      t.is(await send(`DELETE ${NAMESPACES}/own#%`, all), 400, name);
      t.is(await send(`DELETE *${NAMESPACES.slice(1)}/own`, all), 400, name);
      t.is(await send("POST /api/storages/default/sync#%", all), 400, name);
      // The whole URL, as through a proxy: what it names is what was asked.
      t.is(await send(`POST http://${host}${NAMESPACES}`, all, created("evil")), 403, name);
    }
    t.deepEqual(await namespaces(), ["default", "own"]);
  });

  test.serial(`${processes}: programs, pages of the same origin and evaluations go on as before`, async (t) => {
    const { host, send, namespaces } = await start(t, { server: { workers } });
    const [, port] = host.split(":");
    const good = [
      [`Host: ${host}`],
      [`Host: ${host}`, "Sec-Fetch-Site: none"],
      [`Host: ${host}`, "Sec-Fetch-Site: same-origin"],
      [`Host: ${host}`, `Origin: http://${host}`, "Sec-Fetch-Site: same-origin"],
      [`Host: LOCALHOST:${port}`, `Origin: http://localhost:${port}`],
      [`Host: localhost.:${port}`],
      ["Host: localhost"],
      ["Host: 127.8.9.10:1"],
      [`Host: [::1]:${port}`, `Origin: http://[::1]:${port}`],
      // Something before this daemon speaks TLS, and hands the name on that its clients use.
      ["Host: localhost", "Origin: https://localhost"],
      ["Host: localhost:443", "Origin: https://localhost"],
    ];
    for (const [index, headers] of good.entries()) {
      t.is(await send(`POST ${NAMESPACES}`, headers, created(`n${index}`)), 200, headers.join(", "));
    }
    t.is(await send(`POST ${NAMESPACES} HTTP/1.0`, [], created("old")), 200);
    t.is((await namespaces()).length, good.length + 2);
    const page = [`Host: ${host}`, "Origin: http://shop.example", "Sec-Fetch-Site: cross-site"];
    t.is(await send("POST /evaluate/v1/batch", page, '{"requests":[]}'), 200);
    t.is(await send("POST /ofrep/v1/evaluate/flags", page, "{}"), 200);
    t.is(await send(`GET ${NAMESPACES}`, page), 200);
  });

  test.serial(`${processes}: on a loopback address a Host that names another machine is refused`, async (t) => {
    const { host, send, namespaces } = await start(t, {
      server: { workers, allowed_hosts: ["flags.corp.example", "other.example:444"] },
    });
    const [, port] = host.split(":");
    const names = [
      `evil.example:${port}`,
      "evil.example",
      `localhost.evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `evil.example@${host}`,
      `${host}.evil.example`,
      `flags.corp.example.evil.example:${port}`,
      "other.example:445",
    ];
    for (const name of names) {
      const headers = [`Host: ${name}`];
      const same = [...headers, `Origin: http://${name}`, "Sec-Fetch-Site: same-origin"];
      t.is(await send(`PUT ${NAMESPACES}`, same, created("default")), 403, name);
      t.is(await send(`DELETE ${NAMESPACES}/default`, same), 403, name);
      t.is(await send(`POST ${NAMESPACES}`, headers, created("evil")), 403, name);
      for (const path of [NAMESPACES, "/api/status", "/metrics", "/openapi.json", SNAPSHOT]) {
        t.is(await send(`GET ${path}`, headers), 403, `${name}: ${path}`);
      }
      t.is(await send("POST /evaluate/v1/batch", headers, '{"requests":[]}'), 403, name);
      t.is(await send(SNAPSHOT.replace("snapshot", "stream").replace(/^/, "GET "), headers), 403, name);
      t.is(await send(`GET http://${name}/api/status`, [`Host: ${host}`]), 403, `absolute ${name}`);
      t.is(await send(`GET http://${host}/api/status`, headers), 403, `absolute, Host ${name}`);
      // Probes ask by any name, and forges prove themselves.
      t.is(await send("GET /health/live", headers), 200, name);
      t.is(await send("POST /hooks/default", headers, "{}"), 401, name);
    }
    t.is(await send("GET /api/status", ["Host: a.b, localhost"]), 403);
    t.is(await send(`DELETE ${NAMESPACES}/default`, ["Host: flags"]), 403);
    t.is(await send(`DELETE ${NAMESPACES}/default`, ["Host: 192.0.2.1"]), 403);
    t.is(await send("GET /api/status", ["Host: flags"]), 200);
    t.is(await send(`POST ${NAMESPACES}`, [`Host: ${host}`, "Host: evil.example"], created("evil")), 400);
    t.is(await send("GET /api/status", []), 400);
    for (const [index, name] of ["flags.corp.example", "FLAGS.corp.example:8", "other.example:444"].entries()) {
      t.is(await send(`POST ${NAMESPACES}`, [`Host: ${name}`], created(`n${index}`)), 200, name);
    }
    t.is(await send(`DELETE ${NAMESPACES}/n0#%`, ["Host: flags"]), 400);
    t.deepEqual(await namespaces(), ["default", "n0", "n1", "n2"]);
  });
}

test("a path with an empty piece is no route, so nothing gets past the rules by it", async (t) => {
  const { host, send, namespaces } = await start(t);
  t.is(await send(`POST ${NAMESPACES}`, [`Host: ${host}`], created("own")), 200);
  const before = await namespaces();
  for (const headers of [[`Host: ${host}`, "Origin: http://evil.example"], [`Host: ${host}`]]) {
    for (const line of [
      "POST /api/v2/environments//namespaces",
      "POST /api/v2/environments//branches",
      "DELETE /api/v2/environments//namespaces/own",
      "DELETE /api/v2/environments/default/namespaces//",
      "DELETE /api/v2/environments/default/namespaces//resources/flipt.core.Flag/x",
      "GET /api/v2/environments//namespaces",
      "POST /api/storages//sync",
    ]) {
      t.is(await send(line, headers, line.startsWith("POST") ? created("by-a-page") : undefined), 404, line);
    }
  }
  t.deepEqual(await namespaces(), before);
});

test("origins that the configuration names may write, any origin may not", async (t) => {
  const origins = ["*", "https://app.example", "https://*.corp.example"];
  const { host, send } = await start(t, { cors: { enabled: true, allowed_origins: origins } });
  const from = (origin: string): readonly string[] => [
    `Host: ${host}`,
    `Origin: ${origin}`,
    "Sec-Fetch-Site: cross-site",
  ];
  t.is(await send(`POST ${NAMESPACES}`, from("https://evil.example"), created("a")), 403);
  t.is(await send(`POST ${NAMESPACES}`, from("https://app.example.evil.example"), created("a")), 403);
  t.is(await send(`POST ${NAMESPACES}`, from("null"), created("a")), 403);
  t.is(await send(`POST ${NAMESPACES}`, from("https://app.example"), created("a")), 200);
  t.is(await send(`POST ${NAMESPACES}`, from("https://Flags.corp.example"), created("b")), 200);
  t.is(await send("POST /evaluate/v1/batch", from("https://evil.example"), '{"requests":[]}'), 200);
});

for (const workers of [1, 2]) {
  test.serial(`a reload changes who may ask, and how (${workers} processes)`, async (t) => {
    const { url, server } = await startTestServer(t, { serverConfig: { workers } });
    const { host } = new URL(url);
    const send = async (line: string, headers: readonly string[]): Promise<number> => {
      const connection = await RawConnection.open(t, url);
      return (await connection.write([line, "Content-Length: 0", ...headers, "", ""].join("\r\n")).answer()).status;
    };
    const named = (): Promise<number> => send("GET /api/status HTTP/1.1", ["Host: flags.example"]);
    const crossing = (): Promise<number> =>
      send("DELETE /api/v2/environments/ghost/namespaces/x HTTP/1.1", [`Host: ${host}`, "Origin: https://app.example"]);
    const scraped = (): Promise<number> => send("GET /metrics HTTP/1.1", [`Host: ${host}`]);
    t.deepEqual([await named(), await crossing(), await scraped()], [403, 403, 200]);
    const before = plainConfig();
    server.reload({
      ...before,
      server: { ...before.server, allowedHosts: ["flags.example"] },
      cors: { ...before.cors, allowedOrigins: ["https://app.example"] },
      metrics: { enabled: true, requireAuthentication: true },
    });
    // Workers are told by messages.
    await eventually(scraped, (status) => status === 401);
    await eventually(named, (status) => status === 200);
    await eventually(crossing, (status) => status === 404);
    server.reload(before);
    await eventually(named, (status) => status === 403);
    await eventually(crossing, (status) => status === 403);
    await eventually(scraped, (status) => status === 200);
  });
}

test("behind a proxy any Host is served, and its own origin may write", async (t) => {
  const { host, send } = await start(t, { server: { host: "0.0.0.0" } });
  const proxied = ["Host: flags.example.com", "Origin: https://flags.example.com", "Sec-Fetch-Site: same-origin"];
  t.is(await send(`POST ${NAMESPACES}`, proxied, created("a")), 200);
  t.is(await send(`POST ${NAMESPACES}`, ["Host: flags.example.com", "Origin: https://evil.example"], "{}"), 403);
  t.is(await send(`POST ${NAMESPACES}`, [`Host: ${host}`], created("b")), 200);
});

test("with authentication a proxy on the same machine may hand any name on", async (t) => {
  const { send } = await start(t, {
    authentication: {
      required: true,
      methods: { token: { enabled: true, storage: { tokens: { ci: { credential: "secret" } } } } },
    },
  });
  const proxied = ["Host: flags.example.com", "Authorization: Bearer secret"];
  t.is(await send(`POST ${NAMESPACES}`, proxied, created("a")), 200);
  t.is(await send(`POST ${NAMESPACES}`, [...proxied, "Origin: https://flags.example.com"], created("b")), 200);
  t.is(await send(`POST ${NAMESPACES}`, [...proxied, "Origin: https://evil.example"], created("c")), 403);
  // Who is no page, and has no token, is told so.
  t.is(await send(`POST ${NAMESPACES}`, ["Host: flags.example.com"], created("c")), 401);
});
