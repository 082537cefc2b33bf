import test, { type ExecutionContext } from "ava";
import { FilePublisher } from "../helpers/flags/published-files.js";
import { ask } from "../helpers/http/answers.js";
import { startTestServer } from "../helpers/http/http-server.js";
import { openStream } from "../helpers/http/open-stream.js";

const ENVIRONMENTS = ["live", "default", "other"] as const;
/** A name of no environment. */
const GHOST = "ghost";
const UNKNOWN = `404 failed to get environment "${GHOST}" from context: environment: "${GHOST}" not found`;
const MANAGED_UNKNOWN = `404 environment: "${GHOST}" not found`;

/** Serves a flag list, a value and a snapshot that tell which environment they are of; `live` is the default one. */
async function start(t: ExecutionContext): Promise<string> {
  const { url, snapshots } = await startTestServer(t);
  const publisher = new FilePublisher(t, snapshots);
  for (const key of ENVIRONMENTS) {
    publisher.declare(key, { default: key === "live" });
    const text = `flags:\n  - {key: which, name: in-${key}, enabled: true, variants: [{key: in-${key}, default: true}]}\n`;
    await publisher.publish(key, { "default/features.yaml": text });
  }
  return url;
}

type Which = (headers: Readonly<Record<string, string>>) => Promise<string>;

async function told(
  url: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: object,
): Promise<string> {
  const answer = await ask(url, method, path, { headers, ...(body === undefined ? {} : { body }) });
  if (answer.status === 200) return /"in-(\w+)"/.exec(answer.text)?.[1] ?? answer.text;
  const { message, errorDetails } = answer.body as { message?: string; errorDetails?: string };
  return `${answer.status} ${message ?? errorDetails}`;
}

/** Environment that each endpoint uses; `key` is the candidate, if it can have one. */
function endpoints(t: ExecutionContext, url: string): Readonly<Record<string, (key: string | undefined) => Which>> {
  const flag = { flagKey: "which", entityId: "u", requestId: "r" };
  const keyed = (environmentKey: string | undefined): object => ({
    ...flag,
    ...(environmentKey && { environmentKey }),
  });
  const stream = (path: string): Which => {
    return async (headers) => {
      const open = await openStream(t, `${url}/${path}`, { Accept: "text/event-stream", ...headers });
      await open.until((text) => text.includes("\n\n"));
      if (open.status !== 200) return `${open.status} ${/"message":("(?:[^"\\]|\\.)*")/.exec(open.text())?.[1]}`;
      const digest = /"etag":"(\w+)"/.exec(open.text())?.[1] ?? "";
      for (const key of ENVIRONMENTS) {
        const answer = await ask(url, "GET", `client/v2/environments/${key}/namespaces/default/snapshot`);
        if (answer.headers.get("etag") === digest) return key;
      }
      return digest;
    };
  };
  const query = (key: string | undefined): string => (key === undefined ? "" : `?environmentKey=${key}`);
  return {
    variant: (key) => (headers) => told(url, "POST", "evaluate/v1/variant", headers, keyed(key)),
    batch: (key) => (headers) => told(url, "POST", "evaluate/v1/batch", headers, { requests: [keyed(key)] }),
    snapshot: (key) => (headers) =>
      told(url, "GET", `client/v2/environments/${key ?? "-"}/namespaces/default/snapshot`, headers),
    legacy: (key) => (headers) =>
      told(url, "GET", `internal/v1/evaluation/snapshot/namespace/default${query(key)}`, headers),
    stream: (key) => stream(`client/v2/environments/${key ?? "-"}/namespaces/default/stream`),
    ofrepStream: (key) => stream(`ofrep/v1/_stream/${key ?? "-"}/default/events`),
    ofrepFlag: () => (headers) => told(url, "POST", "ofrep/v1/evaluate/flags/which", headers, {}),
    ofrepBulk: () => (headers) => told(url, "POST", "ofrep/v1/evaluate/flags", headers, {}),
    list: (key) => (headers) => told(url, "GET", `api/v1/namespaces/default/flags${query(key)}`, headers),
    shortList: (key) => (headers) => told(url, "GET", `api/v1/flags${query(key)}`, headers),
    managed: (key) => (headers) =>
      told(url, "GET", `api/v2/environments/${key ?? "-"}/namespaces/default/resources/flipt.core.Flag`, headers),
  };
}

const H = (value: string): Readonly<Record<string, string>> => ({ "X-Flipt-Environment": value });

test("every endpoint finds its environment as the table says, one called default that is not the default one included", async (t) => {
  const url = await start(t);
  const of = endpoints(t, url);
  const expect = async (
    names: readonly string[],
    key: string | undefined,
    headers: Readonly<Record<string, string>>,
    wanted: string,
  ): Promise<void> => {
    for (const name of names) {
      const found = await of[name]?.(key)(headers);
      const about = `${name}, candidate ${key}, headers ${JSON.stringify(headers)}`;
      t.is(
        found?.replace(/^404 (".*")$/, (_, text: string) => `404 ${JSON.parse(text)}`),
        wanted,
        about,
      );
    }
  };
  const withFallback = ["variant", "batch", "snapshot", "legacy", "stream", "ofrepStream"];
  // A candidate that exists wins over any header.
  for (const key of ENVIRONMENTS) {
    await expect(withFallback, key, {}, key);
    await expect(withFallback, key, H(GHOST), key);
  }
  // One that does not: the default environment without a header, else what the header names.
  await expect(withFallback, GHOST, {}, "live");
  await expect(withFallback, GHOST, H(""), "live");
  await expect(withFallback, GHOST, H("other"), "other");
  await expect(withFallback, GHOST, H("default"), "default");
  await expect(withFallback, GHOST, H(GHOST), UNKNOWN);
  // Without any key single evaluations look for one that is called default, the others for the default one.
  await expect(["variant"], undefined, {}, "default");
  await expect(["batch", "legacy", "ofrepFlag", "ofrepBulk"], undefined, {}, "live");
  await expect(["variant", "legacy", "ofrepFlag", "ofrepBulk", "batch"], undefined, H("other"), "other");
  await expect(["variant", "legacy", "ofrepFlag", "ofrepBulk", "batch"], undefined, H("default"), "default");
  await expect(["variant", "legacy", "ofrepFlag", "ofrepBulk", "batch"], undefined, H(GHOST), UNKNOWN);
  // Lists: the header first.
  const lists = ["list", "shortList"];
  await expect(lists, undefined, {}, "live");
  await expect(lists, "other", {}, "other");
  await expect(lists, "other", H(""), "other");
  await expect(lists, "live", H("other"), "other");
  await expect(lists, "default", {}, "default");
  await expect(lists, GHOST, {}, UNKNOWN);
  await expect(lists, "other", H(GHOST), UNKNOWN);
  // Management: the path alone.
  await expect(["managed"], "other", H("live"), "other");
  await expect(["managed"], GHOST, H("live"), MANAGED_UNKNOWN);
});

test("where no environment is called default, that name stands for the default one, but not for management", async (t) => {
  const { url, snapshots } = await startTestServer(t);
  snapshots.remove("default");
  const publisher = new FilePublisher(t, snapshots);
  for (const key of ["live", "other"]) {
    publisher.declare(key, { default: key === "live" });
    const text = `flags:\n  - {key: which, name: in-${key}, enabled: true, variants: [{key: in-${key}, default: true}]}\n`;
    await publisher.publish(key, { "default/features.yaml": text });
  }
  const of = endpoints(t, url);
  for (const [name, endpoint] of Object.entries(of)) {
    if (name === "managed") t.is(await endpoint("default")({}), '404 environment: "default" not found');
    else {
      t.is(await endpoint("default")({}), "live", name);
      t.is(await endpoint(undefined)(H("default")), "live", name);
    }
  }
});

test("a batch without items is answered whatever the header names", async (t) => {
  const url = await start(t);
  const answer = await ask(url, "POST", "evaluate/v1/batch", { body: { requestId: "b" }, headers: H(GHOST) });
  t.is(answer.status, 200);
  t.like(answer.body, { requestId: "b", responses: [] });
});
