import { join } from "node:path";
import { gzipSync } from "node:zlib";
import test from "ava";
import { temporaryDirectory } from "../helpers/files/temporary-directory.js";
import { RIGHTS, rightsConfig, rightsDaemon } from "../helpers/http/rights-daemon.js";
import { nativeGit } from "../helpers/repositories/native-git.js";

const LIST = "0014command=ls-refs\n0000";
const POST = { method: "POST", headers: { "Git-Protocol": "version=2" } } as const;

const READER = {
  roles: { ...RIGHTS.roles, both: [{ actions: ["read"], environments: ["production", "staging"] }] },
  bindings: [...RIGHTS.bindings, { role: "both", match: { token: "nobody" } }],
};

test("git's password is a token, and who may not read all of a storage does not learn that there is one", async (t) => {
  const { url } = await rightsDaemon(t, rightsConfig(READER));
  const target = (user: string, storage = "main"): string => `${url().replace("//", `//${user}@`)}/git/${storage}`;
  t.regex(await nativeGit(["ls-remote", target("x-token:secret-of-nobody")]), /refs\/heads\/main/);
  t.regex(await nativeGit(["ls-remote", target("anything:secret-of-root")]), /refs\/heads\/main/);
  const header = ["-c", "http.extraHeader=Authorization: Bearer secret-of-nobody"];
  t.regex(await nativeGit([...header, "ls-remote", `${url()}/git/main`]), /refs\/heads\/main/);
  // A viewer of one environment, of all but one namespace of another, of none.
  for (const token of ["viewer", "team", "brancher"]) {
    const refusals = await Promise.all(
      ["main", "nothing"].map((storage) =>
        t.throwsAsync(nativeGit(["ls-remote", target(`x:secret-of-${token}`, storage)])),
      ),
    );
    const [hidden, missing] = refusals.map((error) => error?.message.replaceAll(/main|nothing/g, "*"));
    t.is(hidden, missing);
    t.regex(hidden ?? "", /returned error: 403/);
  }
  const response = await fetch(`${url()}/git/main/info/refs?service=git-upload-pack`);
  t.is(response.status, 401);
  t.regex(response.headers.get("www-authenticate") ?? "", /^Basic realm=/);
  const path = join(await temporaryDirectory(t), "clone");
  await nativeGit(["clone", "-q", target("x-token:secret-of-nobody"), path]);
  await nativeGit(["fsck", "--strict"], { cwd: path });
});

test("what is no request of git is refused in its own words, and costs little", async (t) => {
  const daemon = await rightsDaemon(t, { ...rightsConfig(), authorization: undefined, authentication: undefined });
  const base = `${daemon.url()}/git/main`;
  const post = async (body: string | Buffer, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${base}/git-upload-pack`, {
      ...POST,
      headers: { ...POST.headers, ...headers },
      body,
    });
    return { status: response.status, text: await response.text() };
  };
  t.regex((await post(LIST)).text, /refs\/heads\/main/);
  t.regex((await post(gzipSync(LIST), { "Content-Encoding": "gzip" })).text, /refs\/heads\/main/);
  t.deepEqual(await post("0000"), { status: 200, text: "" });
  const packet = (line: string): string => `${(line.length + 5).toString(16).padStart(4, "0")}${line}\n`;
  const zeros = "0".repeat(40);
  for (const [body, expected] of [
    ["garbage", /ERR .*no packet/],
    ["ffff", /ERR .*packet of 65535 bytes/],
    ["0014command=ls", /ERR .*ends within/],
    [`${packet("command=push")}0000`, /ERR unknown command/],
    [`${packet("command=ls-refs")}${packet("object-format=sha256")}0000`, /ERR mismatched object format/],
    [`${packet("command=fetch")}0001${packet("want main")}0000`, /ERR no object id/],
    [
      `${packet("command=fetch")}0001${packet(`want ${zeros}`)}${packet("done")}0000`,
      /ERR upload-pack: not our ref 0000/,
    ],
    [`${packet("command=fetch")}0001${packet("deepen 0")}0000`, /ERR no number/],
    [`${packet("command=fetch")}0001${packet("filter sparse:oid=main:x")}0000`, /ERR the filter sparse/],
    [`${packet("command=fetch")}0001${packet("evil")}0000`, /ERR unexpected line/],
  ] as const) {
    const { status, text } = await post(body);
    t.is(status, 200, body);
    t.regex(text, expected);
  }
  const haves = Buffer.from(
    Array.from({ length: 1_000_000 }, (_, index) => packet(`have ${index.toString(16).padStart(40, "0")}`)).join(""),
  );
  const fetchHead = Buffer.from(`${packet("command=fetch")}0001`);
  t.is((await post(Buffer.concat([fetchHead, haves, Buffer.from("0000")]))).status, 413);
  t.is((await post(gzipSync(Buffer.concat([fetchHead, haves])), { "Content-Encoding": "gzip" })).status, 413);
  t.is((await post(gzipSync(Buffer.alloc(200 * 2 ** 20)), { "Content-Encoding": "gzip" })).status, 413);
  const some = haves.subarray(0, 50 * 250_000);
  const many = gzipSync(Buffer.concat([fetchHead, some, Buffer.from("0000")]));
  t.regex((await post(many, { "Content-Encoding": "gzip" })).text, /ERR the request names more than 200000 haves/);
  t.is((await post("garbage", { "Content-Encoding": "gzip" })).status, 400);
  t.is((await post(LIST, { "Content-Encoding": "br" })).status, 400);
  for (const path of [
    "info/refs",
    "HEAD",
    "objects/info/packs",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/info/refs?service=git-upload-pack",
  ]) {
    const response = await fetch(`${base}/${path}`);
    t.true([400, 404].includes(response.status), `${path} ${response.status}`);
    t.is(response.headers.get("content-type"), "text/plain; charset=utf-8", path);
  }
  t.is((await fetch(`${daemon.url()}/git/..%2fmain/info/refs?service=git-upload-pack`)).status, 404);
});
