import test from "ava";
import type { Json } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const STALE = "abcd000000000000000000000000000000000000";

test("of several reasons to refuse a write the first in order is given, and nothing is committed", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
  });
  await (await daemon.start()).settled;
  const head = await repository.head();
  const expect = async (
    [method, path, body]: readonly [string, string, unknown?],
    status: number,
    message: string,
  ): Promise<void> => {
    const response = await fetch(`${daemon.url()}/api/v2/environments/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Json;
    t.deepEqual([response.status, answer.message], [status, message], `${method} ${path} ${JSON.stringify(body)}`);
  };
  const flag = "default/namespaces/default/resources";
  const payload = (more: object, type = "flipt.core.Flag"): object => ({ "@type": type, name: "x", ...more });
  const untyped = { rollouts: [{ threshold: { percentage: 5 } }] };
  const stale = `expected head revision "${STALE}" has changed (now "${head}")`;
  const P = 'resource type "flipt.core.Flag": ';

  // What cannot be read, the key, the environment, the revision, the type, whether it is there, what it says.
  const unreadable = "can't unmarshal Any nested proto flipt.core.Flag: field enabled: expected a boolean";
  await expect(["POST", flag, { key: "", payload: payload({ enabled: 1 }) }], 400, unreadable);
  await expect(["POST", flag, { key: "", payload: payload(untyped) }], 400, "key must not be empty");
  await expect(["POST", flag, {}], 400, "key must not be empty");
  await expect(
    ["POST", flag.replace("default", "nowhere"), { key: "x", payload: payload(untyped) }],
    404,
    'environment: "nowhere" not found',
  );
  await expect(["PUT", flag, { key: "banner", payload: payload(untyped), revision: "abcd" }], 409, P + stale);
  await expect(["POST", flag, { key: "x", revision: "abcd" }], 409, `resource type ".": ${stale}`);
  await expect(["POST", flag, { key: "x" }], 404, 'resource type ".": git storage update: resource type "." not found');
  const variant = { key: "x", payload: payload({}, "flipt.core.Variant") };
  await expect(["PUT", flag, { ...variant, revision: "abcd" }], 409, `resource type "flipt.core.Variant": ${stale}`);
  await expect(
    ["PUT", flag, variant],
    404,
    'resource type "flipt.core.Variant": git storage update: resource type "flipt.core.Variant" not found',
  );
  await expect(["DELETE", `${flag}/nothing/x?revision=abcd`], 409, `resource type "nothing": ${stale}`);
  await expect(
    ["DELETE", `${flag}/nothing/x?revision=${head}`],
    404,
    'resource type "nothing": git storage update: resource type "nothing" not found',
  );
  await expect(
    ["POST", flag, { key: "banner", payload: payload(untyped) }],
    409,
    `${P}create resource "flipt.core.Flag/default/banner"`,
  );
  await expect(
    ["PUT", flag, { key: "absent", payload: payload({ defaultVariant: "nothing" }) }],
    404,
    `${P}update resource "flipt.core.Flag/default/absent": getting flag default/absent: flag default/absent not found`,
  );
  await expect(
    ["PUT", flag, { key: "banner", payload: payload(untyped) }],
    400,
    `${P}putting flag default/banner: unexpected rollout type: "UNKNOWN_ROLLOUT_TYPE"`,
  );

  // For namespaces whether it is there comes before the revision, but for a deletion.
  const namespaces = "default/namespaces";
  await expect(["POST", namespaces, { key: "ops", revision: "abcd" }], 409, 'create namespace "ops"');
  await expect(
    ["PUT", namespaces, { key: "none", revision: "abcd" }],
    404,
    'update namespace "none": namespace "none" not found',
  );
  await expect(["DELETE", `${namespaces}/default?revision=abcd`], 409, stale);
  await expect(["DELETE", `${namespaces}/default?revision=${head}`], 400, 'namespace "default" is protected');
  await expect(["DELETE", `${namespaces}/none?revision=abcd`], 409, stale);
  t.is(await repository.head(), head);
});

test("what is no text is refused before it makes a file that others cannot read", async (t) => {
  const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
  });
  await (await daemon.start()).settled;
  const head = await repository.head();
  const P = 'resource type "flipt.core.Flag": ';
  const half = "half of a surrogate pair (U+D800) is no text";
  const flag = { "@type": "flipt.core.Flag", name: "x" };
  for (const [path, body, told] of [
    ["", { key: "x", name: "a\ud800b" }, `name: ${half}`],
    ["/default/resources", { key: "x", payload: { ...flag, name: "\ud800" } }, `${P}flag.name: ${half}`],
    [
      "/default/resources",
      { key: "x", payload: { ...flag, variants: [{ key: "a", attachment: { list: ["\ud800"] } }] } },
      `${P}flag.variants.0.attachment.list.0: ${half}`,
    ],
    [
      "/default/resources",
      { key: "x", dryRun: true, payload: { ...flag, metadata: { "a\ud800": 1 } } },
      `${P}flag.metadata: ${half}`,
    ],
  ] as const) {
    const response = await fetch(`${daemon.url()}/api/v2/environments/default/namespaces${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    t.deepEqual([response.status, ((await response.json()) as Json).message], [400, told]);
  }
  t.is(await repository.head(), head);
  const pair = { key: "pair", payload: { ...flag, name: "😀" } };
  const response = await fetch(`${daemon.url()}/api/v2/environments/default/namespaces/default/resources`, {
    method: "POST",
    body: JSON.stringify(pair),
  });
  t.is(response.status, 200);
});
