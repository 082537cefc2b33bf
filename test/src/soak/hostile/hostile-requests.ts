import { connect } from "node:net";
import type { Random } from "../random.js";

const PATHS = [
  ...["/evaluate/v1/boolean", "/evaluate/v1/variant", "/evaluate/v1/batch", "/ofrep/v1/evaluate/flags"],
  ...["/ofrep/v1/evaluate/flags/on", "/ofrep/v1/configuration", "/api/v1/namespaces/innocent/flags", "/api/status"],
  ...["/client/v2/environments/innocent/namespaces/innocent/snapshot", "/api/v2/environments", "/openapi.json"],
  ...["/client/v2/environments/innocent/namespaces/innocent/stream", "/metrics", "/hooks/hostile", "/health/ready"],
  ...["/api/v2/environments/hostile/namespaces/hostile/resources", "/api/v2/environments/hostile/namespaces"],
  ...[
    "/api/v2/environments/hostile/namespaces/hostile/history",
    "/api/storages/none/sync",
    "/%2e%2e/etc",
    "//",
    "/%00",
  ],
];
const METHODS = ["GET", "POST", "POST", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "BREW", "get"];
/** Time for an answer to a request before it is dropped: to a whole one, and to one of which some is missing. */
const PATIENCE_MS = 2_000;
const CUT_PATIENCE_MS = 500;

const flag = (fields: string): string =>
  `{"key":"h","payload":{"@type":"flipt.core.Flag","key":"h","name":"H","type":"VARIANT_FLAG_TYPE",${fields}}}`;

const BODIES: Readonly<Record<string, (random: Random) => string>> = {
  nothing: () => "",
  "nested lists": (random) => `{"context":${"[".repeat(1 + random.below(100_000))}`,
  "nested maps": (random) => nested(1 + random.below(3_000)),
  "nested metadata": (random) => flag(`"metadata":${nested(1 + random.below(490))}`),
  "a batch of nulls": (random) => `{"requests":[${"null,".repeat(random.below(100_000))}null]}`,
  "a batch of requests": (random) =>
    `{"requests":[${Array(1 + random.below(20_000))
      .fill('{"flagKey":"on","entityId":"a"}')
      .join(",")}]}`,
  "a long key": (random) => `{"flagKey":"${"x".repeat(random.below(1_000_000))}","entityId":"a"}`,
  "many keys": (random) =>
    `{"context":{${Array.from({ length: random.below(30_000) }, (_, at) => `"k${at}":"v"`).join()}}}`,
  "one key many times": (random) => `{${'"flagKey":"on",'.repeat(random.below(30_000))}"entityId":"a"}`,
  "a list constraint": (random) =>
    `{"key":"s","payload":{"@type":"flipt.core.Segment","key":"s","name":"s","matchType":"ALL_MATCH_TYPE","constraints":[{"type":"STRING_COMPARISON_TYPE","property":"p","operator":"isoneof","value":"${"[".repeat(1 + random.below(200_000))}"}]}}`,
  "numbers that are none": () => '{"flagKey":1e999,"entityId":-0,"context":{"a":1e-999999}}',
  "odd Unicode": () => '{"flagKey":"\\ud800","entityId":"\\u0000","context":{"__proto__":"x","\\udfff":"y"}}',
  "no JSON": (random) =>
    Array.from({ length: 1 + random.below(2_000) }, () => String.fromCharCode(random.below(256))).join(""),
};

function nested(levels: number): string {
  return `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
}

/** Sends one request that no client would, some of it, or more than it says; answers how it ended. */
export function sendHostileRequest(url: string, random: Random): Promise<string> {
  const kind = random.pick(Object.keys(BODIES));
  const body = Buffer.from(BODIES[kind]?.(random) ?? "", "latin1");
  const length = random.chance(0.1) ? random.below(10_000_000) : body.length;
  const headers = [
    `${random.pick(METHODS)} ${random.pick(PATHS)}${random.chance(0.2) ? `?${"a=b&".repeat(random.below(3_000))}` : ""} HTTP/1.1`,
    "host: 127.0.0.1",
    random.chance(0.1) ? "transfer-encoding: chunked" : `content-length: ${length}`,
    `content-type: ${random.pick(["application/json", "text/plain", "application/x-www-form-urlencoded"])}`,
    `x-flipt-environment: ${random.pick(["innocent", "hostile", "nobody", "x".repeat(random.below(5_000))])}`,
    ...(random.chance(0.1) ? Array.from({ length: random.below(300) }, (_, at) => `x-h${at}: v`) : []),
    "connection: close",
  ];
  const whole = Buffer.concat([Buffer.from(`${headers.join("\r\n")}\r\n\r\n`, "latin1"), body]);
  const sent = random.chance(0.1) ? whole.subarray(0, random.below(whole.length)) : whole;
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(sent));
    const end = (how: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(how);
    };
    const isCut = sent.length < whole.length || length > body.length;
    const timer = setTimeout(() => end("no answer"), isCut ? CUT_PATIENCE_MS : PATIENCE_MS);
    let status = "";
    socket.on("data", (chunk: Buffer) => {
      if (status === "") status = chunk.toString("latin1", 9, 12);
    });
    socket.once("error", () => end("reset"));
    socket.once("close", () => end(status === "" ? "closed" : status));
  });
}
