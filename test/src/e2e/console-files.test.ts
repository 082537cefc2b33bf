import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import test from "ava";
import { type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { freePort } from "../helpers/network/free-port.js";
import { missingNginx, startNginx } from "../helpers/network/nginx-proxy.js";
import { testUnless } from "../helpers/runner/skip-unless.js";

const BUILT = fileURLToPath(new URL("../../../daemon/console/dist/", import.meta.url));
const PAGE = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const MOST_GZIPPED_BYTES = 300_000;

const memory = { storage: { default: { backend: { type: "memory" } } } };

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly bytes: Buffer;
}

/** Sends a path as it is: no client tidies it up. */
async function raw(url: string, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Got> {
  const { hostname, port } = new URL(url);
  const request = httpRequest({ host: hostname, port, path, method, headers }).end();
  const [response] = await once(request, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, bytes: Buffer.concat(chunks) };
}

const page = (daemon: RunningDaemon, path: string, headers: Record<string, string> = {}): Promise<Got> =>
  raw(daemon.url, path, { ...PAGE, ...headers });

/** Addresses that a page names of its script, its style and its picture. */
const namedIn = ({ bytes }: Got): readonly string[] =>
  [...bytes.toString().matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map((match) => match[1] ?? "");

test("the line that says where it listens has the console's address, with workers or without, and where it is on alone", async (t) => {
  const addresses = await Promise.all(
    [{ workers: 1, base_path: "/flags" }, { workers: 2 }, { workers: 1 }].map(async (server, index) => {
      const daemon = await startDaemon(t, { config: { ...memory, server, ui: { enabled: index < 2 } } });
      const { console: address } = await daemon.line(({ event }) => event === "http.listening");
      if (typeof address === "string") t.is((await fetch(address, { headers: PAGE })).status, 200, address);
      return String(address).replace(daemon.url, "");
    }),
  );
  t.deepEqual(addresses, ["/flags/", "/", "undefined"]);
});

test("browsers find the page at every address of it, and nobody else finds it anywhere", async (t) => {
  const daemon = await startDaemon(t, { config: memory });
  const first = await page(daemon, "/");
  t.is(first.status, 200);
  t.true(namedIn(first).length >= 3);
  for (const path of [
    "/status",
    "/environments/a/namespaces/b/flags/c",
    "/environments/%2e%2e/x?edit=true",
    "/login",
  ]) {
    t.deepEqual((await page(daemon, path)).bytes, first.bytes, path);
    const answer = await raw(daemon.url, path);
    t.deepEqual([answer.status, answer.bytes.toString()], [404, "404 page not found\n"], path);
  }
  t.is((await raw(daemon.url, "/", { accept: "*/*" })).status, 404);
  for (const path of [
    "/api",
    "/api/v3/x",
    "/evaluate",
    "/assets/none.js",
    "/favicon.ico",
    "/meta",
    "/openapi.json/x",
  ]) {
    t.is((await page(daemon, path)).status, 404, path);
  }
  t.is((await page(daemon, "/api/v2/environments")).headers["content-type"], "application/json");
  t.is((await raw(daemon.url, "/", PAGE, "POST")).status, 404);
  t.is((await page(daemon, "/%zz")).status, 400);
});

test("the page lets nothing run that is not its own, and is asked for each time", async (t) => {
  const daemon = await startDaemon(t, { config: memory });
  const { headers } = await page(daemon, "/");
  const policy = String(headers["content-security-policy"]);
  t.false(/unsafe|\*|data:|https?:/.test(policy), policy);
  for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'self'"]) {
    t.true(policy.includes(part), part);
  }
  t.like(headers, {
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
  });
  t.true(String(headers["permissions-policy"]).includes("camera=()"));
  const again = await page(daemon, "/", { "if-none-match": `"other", W/${headers.etag}` });
  t.deepEqual([again.status, again.bytes.length], [304, 0]);
});

test("its files are kept for ever, come compressed, and are the same in each form", async (t) => {
  const daemon = await startDaemon(t, { config: memory });
  for (const name of namedIn(await page(daemon, "/"))) {
    const plain = await raw(daemon.url, `/${name}`);
    t.is(plain.status, 200, name);
    t.is(plain.headers["cache-control"], "public, max-age=31536000, immutable");
    t.is(plain.headers.vary, "Accept-Encoding");
    t.deepEqual(plain.bytes, await readFile(join(BUILT, name)));
    const br = await raw(daemon.url, `/${name}`, { "accept-encoding": "gzip, br" });
    t.is(br.headers["content-encoding"], "br");
    t.deepEqual(brotliDecompressSync(br.bytes), plain.bytes);
    const gzip = await raw(daemon.url, `/${name}`, { "accept-encoding": "br;q=0, gzip" });
    t.is(gzip.headers["content-encoding"], "gzip");
    t.deepEqual(gunzipSync(gzip.bytes), plain.bytes);
    t.is(new Set([plain, br, gzip].map(({ headers }) => headers.etag)).size, 3);
    const head = await raw(daemon.url, `/${name}`, { "accept-encoding": "br" }, "HEAD");
    t.deepEqual([head.status, head.bytes.length, head.headers["content-length"]], [200, 0, String(br.bytes.length)]);
    const known = await raw(daemon.url, `/${name}`, {
      "accept-encoding": "br",
      "if-none-match": String(br.headers.etag),
    });
    t.deepEqual([known.status, known.bytes.length, known.headers["content-encoding"]], [304, 0, undefined]);
  }
});

test("no path leads out of the console's files", async (t) => {
  const daemon = await startDaemon(t, { config: memory });
  const ways = [
    ...["/assets/../index.html", "/assets/..%2findex.html", "/assets/%2e%2e/index.html", "/assets/../.built-from"],
    ...["/assets/..%2f..%2f..%2fpackage.json", "/assets/....//....//package.json", "/assets//etc/passwd"],
    ...["/assets/%2fetc%2fpasswd", "/assets/..%5c..%5cpackage.json", "/assets/%c0%ae%c0%ae/x", "/assets/", "/assets"],
    ...["/assets/__proto__", "/assets/constructor", "/assets/%00", "/assets/.", `/assets/${"a/".repeat(2_000)}`],
  ];
  for (const path of ways) {
    const answer = await page(daemon, path);
    t.deepEqual([answer.status, answer.bytes.toString()], [404, "404 page not found\n"], path);
  }
  const files = (await readdir(join(BUILT, "assets"))).filter((name) => /\.(?:br|gz)$/.test(name));
  t.is((await raw(daemon.url, `/assets/${files[0]}`)).status, 404, "compressed forms have no address of their own");
});

test("without ui.enabled there is no page; its other settings reach the page by the API", async (t) => {
  const off = await startDaemon(t, { config: { ...memory, ui: { enabled: false } } });
  t.is((await page(off, "/")).status, 404);
  t.is((await page(off, "/status")).status, 404);
  const ui = { default_theme: "dark", topbar: { color: "#7c3aed", label: "staging" } };
  const { body } = await (await startDaemon(t, { config: { ...memory, ui } })).get("/meta/info");
  t.deepEqual(body.ui, { theme: "dark", topbarColor: "#7c3aed", topbarLabel: "staging" });
});

test("the whole console is small, and its first page does not carry the others", async (t) => {
  const names = (await readdir(join(BUILT, "assets"))).filter((name) => name.endsWith(".gz"));
  const sizes = await Promise.all(names.map(async (name) => (await readFile(join(BUILT, "assets", name))).length));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  t.log(`${all} bytes of ${names.length} files, compressed by gzip`);
  t.true(all <= MOST_GZIPPED_BYTES, `${all} bytes`);
  for (const part of ["status-page", "flag-editor", "playground-page"]) {
    t.true(
      names.some((name) => name.startsWith(part) && name.includes(".js")),
      part,
    );
  }
});

testUnless(missingNginx)(
  "below a path of a proxy, which takes it off or leaves it, page and API are found",
  async (t) => {
    const daemon = await startDaemon(t, { config: { ...memory, server: { base_path: "/ops/flags/" } } });
    const port = await freePort();
    const location = (path: string, target: string, extra = ""): string =>
      `location ${path} { proxy_pass ${daemon.url}${target}; proxy_set_header Host $http_host; ${extra} }`;
    const servers = `server { listen 127.0.0.1:${port}; ${location("/ops/flags/", "")} }
      server { listen 127.0.0.1:${port}; server_name localhost; ${location("/ops/flags/", "/")} }`;
    const url = `http://127.0.0.1:${port}`;
    await startNginx(t, servers, `${url}/ops/flags/health`);
    // The one leaves the path in place, the other takes it off.
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      const got = await raw(url, "/ops/flags/environments/a/namespaces/b/flags", { ...PAGE, host });
      t.is(got.status, 200, host);
      t.true(got.bytes.toString().includes('<base href="/ops/flags/" />'), host);
      for (const name of namedIn(got)) t.is((await raw(url, `/ops/flags/${name}`, { host })).status, 200, name);
      t.is((await raw(url, "/ops/flags/api/v2/environments", { host })).status, 200);
      const evaluated = await raw(url, "/ops/flags/evaluate/v1/boolean", { host }, "POST");
      t.is(evaluated.headers["content-type"], "application/json");
    }
    const spoofed = await page(daemon, "/", { "x-forwarded-prefix": "/elsewhere" });
    t.true(spoofed.bytes.toString().includes('<base href="/ops/flags/" />'));
    t.is((await page(daemon, "/ops/flags")).status, 200);
    t.is((await raw(daemon.url, "/ops/flagship", {})).status, 404);
  },
);
