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
  const { started } = hot;
  const namespace = environment.snapshot?.namespaces.get(key);
  if (namespace === undefined) {
    services.tally.count(series("snapshot_errors", environment.info.key));
    throw new VexilError("VEXIL_NOT_FOUND", `evaluation snapshot for namespace "${key}" not found`);
  }
  const counts = services.snapshotCounts.of(environment.info.key, key);
  counts.requests.value += 1;
  const ready = preparedNamespace(namespace);
  if (isUnchanged(hot, ready.digest)) {
    answerUnchanged(hot, ready.unchangedHeaders);
  } else {
    const encoding = hot.pretty ? undefined : acceptedEncoding(hot.request);
    const plain = (json: Buffer): void => (hot.pretty ? sendIndented : send)(hot, ready.digest, json);
    const bytes = encoding === undefined ? ready.json() : ready.compressed(encoding);
    if (!Buffer.isBuffer(bytes)) {
      bytes
        .then((found) => send(hot, ready.digest, found, encoding))
        .catch(async () => send(hot, ready.digest, await ready.json()));
    } else if (encoding === undefined) plain(bytes);
    else send(hot, ready.digest, bytes, encoding);
  }
  counts.latency.observe(performance.now() - started);
}

/** An environment, once what is to be answered of it is made. */
export function whenMade(
  hot: HotRequest,
  environment: ReadEnvironment,
  key: string,
): ReadEnvironment | Promise<ReadEnvironment> {
  const namespace = environment.snapshot?.namespaces.get(key);
  const ready = namespace && preparedNamespace(namespace);
  if (ready === undefined || isUnchanged(hot, ready.digest)) return environment;
  const message = ready.message();
  return Buffer.isBuffer(message) ? environment : message.then(() => environment);
}

function isUnchanged({ request }: HotRequest, digest: string): boolean {
  const noneMatch = request.headers["if-none-match"];
  return noneMatch !== undefined && isSameDigest(noneMatch, digest);
}

function sendIndented(hot: HotRequest, digest: string, json: Buffer): void {
  const text = Buffer.from(indented(json.toString("utf8")));
  hot.unread.makeRoom(text.length);
  send(hot, digest, text);
  hot.unread.written(hot.response, text.length);
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
