import test from "ava";
import type { Json } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { EXAMPLE_FILES, temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const FAULTY = {
  "a flag of an unknown type": "namespace: default\nflags:\n- key: banner\n  type: BOOLEN_FLAG_TYPE\n",
  "an unclosed list": "flags: [",
  "nothing but null": "null\n",
};

for (const [title, text] of Object.entries(FAULTY)) {
  test(`rollback to a revision with ${title} is refused, and takes nothing away`, async (t) => {
    const repository = await temporaryRepository(t, { files: EXAMPLE_FILES });
    const to = await repository.commit({ "default/features.yaml": text });
    const head = await repository.commit({ "default/features.yaml": EXAMPLE_FILES["default/features.yaml"] ?? "" });
    const daemon = await inProcessDaemon(t, {
      storage: { default: { backend: { type: "local", path: repository.path } } },
    });
    await (await daemon.start()).settled;
    const namespace = `${daemon.url()}/api/v2/environments/default/namespaces/default`;
    for (const path of ["resources/flipt.core.Flag/banner", "resources/flipt.core.Segment/beta", ""]) {
      const url = `${namespace}/${path === "" ? "" : `${path}/`}rollback`;
      const response = await fetch(url, { method: "POST", body: JSON.stringify({ to }) });
      const { message } = (await response.json()) as Json;
      t.is(response.status, 409, message);
      t.regex(message, new RegExp(`^at revision "${to}" default/features\\.yaml.* had a fault`));
    }
    t.is(await repository.head(), head);
    const flag = await fetch(`${namespace}/resources/flipt.core.Flag/banner`);
    t.is(flag.status, 200);
  });
}
