import test from "ava";
import { ApiClient } from "../../../daemon/dist/client/api-client.js";
import { importToDaemon } from "../../../daemon/dist/migrate/import-to-daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const features = (...keys: readonly string[]): string =>
  `namespace: shop\nflags:\n${keys.map((key) => `- {key: ${key}, name: ${key}, enabled: true}\n`).join("")}`;

test("an import that takes the place of a namespace is refused where that has changed since it was read", async (t) => {
  const repository = await temporaryRepository(t, { files: { "shop/features.yaml": features("old") } });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
  });
  await (await daemon.start()).settled;
  const client = await ApiClient.open({ url: daemon.url() });
  let meanwhile: (() => Promise<unknown>) | undefined = () => {
    meanwhile = undefined;
    const payload = { "@type": "flipt.core.Flag", name: "late", type: "BOOLEAN_FLAG_TYPE" };
    const changes = [{ namespaceKey: "shop", key: "late", payload }];
    return client.ask("POST", "/api/v2/environments/default/changes", { changes });
  };
  const asking = new Proxy(client, {
    get: (target, name) => {
      if (name !== "ask") return Reflect.get(target, name, target);
      return async (...question: Parameters<ApiClient["ask"]>) => {
        if (question[0] === "POST") await meanwhile?.();
        return target.ask(...question);
      };
    },
  });
  const options = { environment: undefined, mode: "replace", message: undefined, dryRun: false } as const;
  const replace = () => importToDaemon(asking, [{ key: "shop", flags: [], segments: [] }], options);
  const error = await t.throwsAsync(replace());
  t.regex(error?.message ?? "", /nothing was written: run the command again on what is there now/);
  t.regex(await repository.read("shop/features.yaml"), /key: old[\s\S]*key: "?late/);
  t.deepEqual((await replace()).removed, ["flag shop/old", "flag shop/late"]);
});
