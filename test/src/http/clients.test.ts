import { ClientTokenAuthentication, FliptClient as ServerClient } from "@flipt-io/flipt";
import { FliptClient as EngineClient } from "@flipt-io/flipt-client-js/node";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature } from "@openfeature/server-sdk";
import { OpenFeature as WebOpenFeature, type Provider as WebProvider } from "@openfeature/web-sdk";
import test, { type ExecutionContext } from "ava";
import { EventSource } from "undici";
import { eventually, type RunningDaemon, startDaemon } from "../helpers/daemon/daemon.js";
import { startGitHttpServer } from "../helpers/git-servers/git-http-server.js";
import { openStream } from "../helpers/http/open-stream.js";
import {
  EXAMPLE_FILES,
  type TemporaryRepository,
  temporaryRepository,
} from "../helpers/repositories/temporary-repository.js";

const TOKEN = "s3cret-client-token";

async function start(t: ExecutionContext): Promise<{ daemon: RunningDaemon; repository: TemporaryRepository }> {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const remote = (await startGitHttpServer(t, repository.path)).url;
  const daemon = await startDaemon(t, {
    config: {
      storage: { default: { remote, poll_interval: "1s" } },
      server: { workers: 2 },
      authentication: {
        required: true,
        methods: { token: { enabled: true, storage: { tokens: { app: { credential: TOKEN } } } } },
      },
    },
  });
  return { daemon, repository };
}

/** `banner` off; `theme` gives everybody `dark`. */
const CHANGED = {
  "default/features.yaml": (EXAMPLE_FILES["default/features.yaml"] ?? "")
    .replace("type: BOOLEAN_FLAG_TYPE, enabled: true}", "type: BOOLEAN_FLAG_TYPE, enabled: false}")
    .replace("{key: light, default: true}", "{key: light}")
    .replace("{key: dark, attachment", "{key: dark, default: true, attachment"),
};

const bearer = { Authorization: `Bearer ${TOKEN}` };

test("the published clients work unchanged, and a push reaches each of them", async (t) => {
  const { daemon, repository } = await start(t);
  const { url } = daemon;

  // Server SDK: every call evaluates.
  const server = new ServerClient({ url, authenticationStrategy: new ClientTokenAuthentication(TOKEN) });
  const request = { namespaceKey: "default", flagKey: "banner", entityId: "u", context: {} };
  t.like(await server.evaluation.boolean(request), { enabled: true, flagKey: "banner" });
  t.like(await server.evaluation.variant({ ...request, flagKey: "theme", entityId: "user-1" }), {
    match: false,
    variantKey: "light",
  });
  const batch = await server.evaluation.batch({ requests: [request, { ...request, flagKey: "nope" }] });
  t.deepEqual(
    batch.responses.map(({ type }) => type),
    ["BOOLEAN_EVALUATION_RESPONSE_TYPE", "ERROR_EVALUATION_RESPONSE_TYPE"],
  );
  const list = await server.flags.listFlags("default", { limit: 2 });
  t.like(list, { totalCount: 5, nextPageToken: "2" });
  const missing = await t.throwsAsync(server.evaluation.boolean({ ...request, flagKey: "nope" }));
  t.true(missing?.message.includes('flag "default/nope" not found'));

  // Client-side engine: polls snapshots and evaluates by itself.
  const engine = await EngineClient.init({
    url,
    namespace: "default",
    environment: "default",
    updateInterval: 1,
    authentication: { clientToken: TOKEN },
  });
  t.teardown(() => engine.close());
  const engineBanner = (): boolean => engine.evaluateBoolean({ flagKey: "banner", entityId: "u", context: {} }).enabled;
  t.true(engineBanner());
  t.false(await engine.refresh(), "a snapshot that did not change is recognised by its Etag");

  // OpenFeature on the server: every call evaluates.
  await OpenFeature.setProviderAndWait(
    new OFREPProvider({ baseUrl: url, headersFactory: () => Object.entries(bearer) }),
  );
  t.teardown(() => OpenFeature.close());
  const ofrep = OpenFeature.getClient();
  t.true(await ofrep.getBooleanValue("banner", false, { targetingKey: "u" }));
  t.is(await ofrep.getStringValue("theme", "none", { targetingKey: "u@example.com" }), "dark");
  t.like(await ofrep.getBooleanDetails("nope", false, { targetingKey: "u" }), { errorCode: "FLAG_NOT_FOUND" });

  // Raw readers of both framings.
  const streamUrl = `${url}/client/v2/environments/default/namespaces/default/stream`;
  const lines = await openStream(t, streamUrl, { ...bearer, "Accept-Encoding": "gzip" });
  const events = await openStream(t, streamUrl, { ...bearer, Accept: "text/event-stream" });
  await lines.until(() => lines.messages().length === 1);
  await events.until(() => events.messages().length === 1);

  await repository.commit(CHANGED);
  await eventually(
    () => server.evaluation.boolean(request),
    ({ enabled }) => !enabled,
  );
  await eventually(
    () => Promise.resolve(engineBanner()),
    (enabled) => !enabled,
  );
  t.false(await ofrep.getBooleanValue("banner", true, { targetingKey: "u" }));
  await lines.until(() => lines.messages().length === 2);
  await events.until(() => events.messages().length === 2);
  const sent = JSON.parse(lines.messages()[1] ?? "") as { result: { digest: string } };
  t.true(events.messages()[1]?.includes(sent.result.digest));
});

test("the web provider follows changes by the event stream that the bulk answer names", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const remote = (await startGitHttpServer(t, repository.path)).url;
  const daemon = await startDaemon(t, { config: { storage: { default: { remote, poll_interval: "1s" } } } });
  (globalThis as { EventSource?: unknown }).EventSource ??= EventSource;
  await WebOpenFeature.setContext({ targetingKey: "user-1" });
  // Else it would ask every 30 s when no event came.
  const provider = new OFREPWebProvider({ baseUrl: daemon.url, cacheMode: "disabled", pollInterval: 0 });
  // The two packages' types disagree about optional members; at run time they fit.
  await WebOpenFeature.setProviderAndWait(provider as unknown as WebProvider);
  t.teardown(() => WebOpenFeature.close());
  const client = WebOpenFeature.getClient();
  t.true(client.getBooleanValue("banner", false));
  t.is(client.getStringValue("theme", "none"), "light");
  await repository.commit(CHANGED);
  await eventually(
    () => Promise.resolve(client.getBooleanValue("banner", true)),
    (enabled) => !enabled,
  );
  t.is(client.getStringValue("theme", "none"), "dark");
});
