import { VexilError } from "@vexil/plugin-api/errors";
import { acceptedEncoding, indented } from "../send-answer.js";
import { answerUnchanged, type HotRequest } from "./hot-request.js";
import { preparedNamespace } from "./prepared-namespace.js";
import type { ReadServices } from "./read-services.js";
import type { ReadEnvironment } from "./read-snapshots.js";
import { series } from "./tally.js";

/** `GET …/snapshot` in both paths, from bytes that were made when the namespace changed. */
export function answerSnapshot(
  services: ReadServices,
  hot: HotRequest,
  environment: ReadEnvironment,
  key: string,
): void {
  const { request, response, started } = hot;
  const namespace = environment.snapshot?.namespaces.get(key);
  if (namespace === undefined) {
    services.tally.count(series("snapshot_errors", environment.info.key));
    throw new VexilError("VEXIL_NOT_FOUND", `evaluation snapshot for namespace "${key}" not found`);
  }
  const counts = services.snapshotCounts.of(environment.info.key, key);
  counts.requests.value += 1;
  const ready = preparedNamespace(namespace);
  const noneMatch = request.headers["if-none-match"];
  if (noneMatch !== undefined && isSameDigest(noneMatch, ready.digest)) {
    answerUnchanged(hot, ready.unchangedHeaders);
  } else if (hot.pretty) {
    const text = Buffer.from(indented(ready.json.toString("utf8")));
    hot.unread.makeRoom(text.length);
    send(hot, ready.digest, text);
    hot.unread.written(response, text.length);
  } else {
    const encoding = acceptedEncoding(request);
    const bytes = encoding === undefined ? ready.json : ready.compressed(encoding);
    if (Buffer.isBuffer(bytes)) send(hot, ready.digest, bytes, encoding);
    else
      bytes.then(
        (compressed) => send(hot, ready.digest, compressed, encoding),
        () => send(hot, ready.digest, ready.json),
      );
  }
  counts.latency.observe(performance.now() - started);
}

function send(hot: HotRequest, digest: string, bytes: Buffer, encoding?: string): void {
  const { response } = hot;
  if (response.headersSent || response.destroyed) return;
  if (encoding !== undefined) response.appendHeader("Vary", "Accept-Encoding");
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Content-Length": bytes.length,
    Etag: digest,
    ...(encoding === undefined ? {} : { "Content-Encoding": encoding }),
  });
  response.end(bytes);
  hot.counts.count(200, hot.started);
}

/** Byte for byte; quoted and weak forms, and lists of them, count too. */
function isSameDigest(noneMatch: string, digest: string): boolean {
  return (
    noneMatch === digest ||
    noneMatch.split(",").some((entry) => entry.trim().replace(/^(?:W\/)?"(.*)"$/, "$1") === digest)
  );
}
