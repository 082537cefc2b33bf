import { connect } from "node:net";
import type { Logger } from "@vexil/plugin-api";
import { VexilError } from "@vexil/plugin-api/errors";
import test, { type ExecutionContext } from "ava";
import fc from "fast-check";
import { anyCharacter } from "../helpers/flags/any-character.js";
import { exampleFiles, FilePublisher } from "../helpers/flags/published-files.js";
import { ask } from "../helpers/http/answers.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { DEFAULT_LIMITS } from "../helpers/http/server-limits.js";

const RUNS = Number(process.env.VEXIL_FUZZ_RUNS ?? 60);

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const refuse = async (): Promise<never> => {
  throw new VexilError("VEXIL_REFUSED_READ_ONLY", "the storage is read-only");
};

async function start(
  t: ExecutionContext,
  limits = DEFAULT_LIMITS,
): Promise<{ url: string; operations: [string, string][]; defects: unknown[] }> {
  const defects: unknown[] = [];
  const logger: Logger = {
    log: (_level, event, _message, fields) => void (event === "http.failed" && defects.push(fields)),
    child: () => logger,
  };
  const { url, snapshots } = await startTestServer(t, {
    serverConfig: { limits },
    logger,
    engine: {
      sync: () => undefined,
      write: refuse,
      createBranch: refuse,
      deleteBranch: refuse,
      history: async () => ({ commits: [], nextPageToken: "" }),
      sources: refuse,
      past: { resolve: refuse, snapshot: refuse, read: refuse },
    },
  });
  await new FilePublisher(t, snapshots).publish("default", exampleFiles());
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method): [string, string] => [method.toUpperCase(), path]),
  );
  return { url, operations, defects };
}

/** Fields and values that requests have, in places where they do not belong. */
const name = fc.constantFrom(
  ...[
    "requestId",
    "request_id",
    "requests",
    "flagKey",
    "flag_key",
    "entityId",
    "context",
    "namespaceKey",
    "environmentKey",
  ],
  ...[
    "key",
    "payload",
    "@type",
    "revision",
    "name",
    "rules",
    "rollouts",
    "segments",
    "to",
    "__proto__",
    "constructor",
    "toString",
  ],
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>(
      "default",
      "banner",
      "theme",
      "flipt.core.Flag",
      "flipt.core.Segment",
      "",
      0,
      -1,
      Number.POSITIVE_INFINITY,
      true,
      null,
    ),
    fc.string({ unit: anyCharacter }),
    fc.double(),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(name, tie("any"), { maxKeys: 5 }),
  ),
})).any;

const body = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(name, value, { maxKeys: 6 }).map((object) => JSON.stringify(object)) },
  { weight: 1, arbitrary: value.map((any) => JSON.stringify(any) ?? "") },
  { weight: 1, arbitrary: fc.json().map((text) => text.slice(0, Math.floor(text.length / 2))) },
  { weight: 1, arbitrary: fc.string({ unit: anyCharacter }) },
  { weight: 1, arbitrary: fc.constantFrom("[".repeat(50_000), '{"a":'.repeat(50_000), '"', "\\", "\ufeff{}") },
);

const segment = fc.oneof(
  fc.constantFrom(
    "default",
    "ops",
    "banner",
    "flipt.core.Flag",
    "ghost",
    "%2e%2e",
    "%00",
    "%",
    "__proto__",
    "x".repeat(9000),
  ),
  fc.string({ minLength: 1, maxLength: 20 }).map(encodeURIComponent),
);

const query = fc.oneof(
  fc.constant(""),
  fc.constantFrom(
    "?pretty",
    "?limit=-1",
    "?limit=1e9",
    "?pageToken=x&limit=1",
    "?digest=zz",
    "?revision=%zz",
    "?&&=&",
    "?limit=99999999999999999999",
  ),
  fc.webQueryParameters().map((text) => `?${text}`),
);

test("malformed requests to every route get a specified answer: no stack, no hang, no crash", async (t) => {
  const { url, operations, defects } = await start(t);
  for (const [method, path] of operations) {
    if (path.endsWith("/stream") || path.endsWith("/events") || path === "/metrics") continue;
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { minLength: 8, maxLength: 8 }),
        query,
        body,
        async (segments, search, text) => {
          let index = 0;
          const target = path.slice(1).replace(/\{\w+\}/g, () => segments[index++] ?? "x") + search;
          const answer = await ask(url, method, target, method === "GET" ? {} : { body: text });
          if (answer.status >= 500 && ![501, 503].includes(answer.status)) {
            throw new Error(`${method} ${target} ${text}: ${answer.status} ${answer.text} ${JSON.stringify(defects)}`);
          }
          if (/\n\s+at .*:\d+:\d+/.test(answer.text) || answer.text.includes("node_modules")) {
            throw new Error(`a stack: ${answer.text}`);
          }
          if (answer.status >= 400 && answer.headers.get("content-type") === "application/json") {
            const error = answer.body as { code?: number; message?: string; errorCode?: string };
            if (typeof error.code !== "number" && typeof error.errorCode !== "string") throw new Error(answer.text);
          }
        },
      ),
      { numRuns: Math.max(5, Math.floor(RUNS / 4)), includeErrorInReport: true },
    );
  }
  t.deepEqual(defects, []);
  t.is((await ask(url, "GET", "health/live")).status, 200);
});

test("bytes that are no HTTP end the connection, and nothing else", async (t) => {
  const { url } = await start(t);
  const { hostname, port } = new URL(url);
  const head = "POST /evaluate/v1/boolean HTTP/1.1\r\nHost: x\r\n";
  const samples = [
    "GET\r\n\r\n",
    "\u0000\u0001\u0002\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    `${head}Content-Length: -1\r\n\r\n`,
    `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
    `${head}X: ${"y".repeat(100_000)}\r\n\r\n`,
    "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
  ];
  for (const sample of samples) {
    const reply = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(sample));
      let text = "";
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
      });
      socket.on("close", () => resolve(text));
      socket.on("error", () => resolve(text));
      socket.setTimeout(5000, () => {
        socket.destroy();
        reject(new Error(`no end: ${JSON.stringify(sample.slice(0, 60))}`));
      });
    });
    t.true(reply === "" || /^HTTP\/1\.1 (4\d\d|505)/.test(reply), reply);
  }
  t.is((await ask(url, "GET", "health/live")).status, 200);
});

test("a huge batch, where it is allowed, gives others their turn and is answered", async (t) => {
  const { url } = await start(t, { ...DEFAULT_LIMITS, batchItems: 60_000 });
  const requests = Array.from({ length: 60_000 }, () => ({ flagKey: "banner", entityId: "u" }));
  let answered = false;
  const batch = ask(url, "POST", "evaluate/v1/batch", { body: { requests } }).then((answer) => {
    answered = true;
    return answer;
  });
  t.is((await ask(url, "GET", "health/live")).status, 200);
  t.false(answered);
  const { status, body: result } = await batch;
  t.is(status, 200);
  t.is((result as { responses: unknown[] }).responses.length, 60_000);
});
