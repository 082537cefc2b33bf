import { execFile } from "node:child_process";
import test from "ava";
import { parseAllDocuments } from "yaml";
import { VEXIL } from "../helpers/daemon/daemon.js";
import { inProcessDaemon } from "../helpers/daemon/in-process.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const shop = (enabled: boolean): string => `version: "1.6"
namespace: { key: shop, name: Shop }
flags:
  # A comment, which is not exported.
  - key: till
    name: Till
    type: BOOLEAN_FLAG_TYPE
    enabled: ${enabled}
    rollouts:
      - segment: { key: germans, value: true }
segments:
  - key: germans
    name: Germans
    match_type: ALL_MATCH_TYPE
    constraints:
      - { type: STRING_COMPARISON_TYPE, property: country, operator: isoneof, value: [de, at] }
`;

test("the flags of an environment are exported as they are, or were", async (t) => {
  t.timeout(120_000);
  const files = { "shop/features.yaml": shop(false), "web/features.yaml": "namespace: web\n" };
  const repository = await temporaryRepository(t, { files });
  const before = (await repository.git("rev-parse", "main")).trim();
  await repository.commit({ "shop/features.yaml": shop(true) });
  const daemon = await inProcessDaemon(t, {
    storage: { default: { backend: { type: "local", path: repository.path } } },
  });
  await (await daemon.start()).settled;
  const run = (...args: readonly string[]) =>
    new Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resolve) => {
      const all = [VEXIL, "export", "--url", daemon.url(), ...args];
      execFile(process.execPath, all, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      });
    });
  const all = await run();
  t.is(all.code, 0, all.stderr);
  const documents = parseAllDocuments(all.stdout).map((document) => document.toJS());
  t.deepEqual(
    documents.map(({ namespace }) => namespace),
    [{ key: "shop", name: "Shop" }, "web"],
  );
  const old = JSON.parse((await run("--namespace", "shop", "--at", before, "--format", "json")).stdout);
  t.deepEqual(old[0].flags[0], {
    key: "till",
    name: "Till",
    type: "BOOLEAN_FLAG_TYPE",
    enabled: false,
    rollouts: [{ segment: { keys: ["germans"], operator: "OR_SEGMENT_OPERATOR", value: true } }],
  });
  const flagd = JSON.parse((await run("--namespace", "shop", "--format", "flagd")).stdout);
  t.deepEqual(flagd.flags.till.targeting, { if: [{ $ref: "germans" }, "true", null] });
  t.deepEqual(flagd.$evaluators.germans, { in: [{ var: "country" }, ["de", "at"]] });
  const none = await run("--namespace", "till");
  t.deepEqual([none.code, none.stdout], [1, ""]);
  t.regex(none.stderr, /there is no namespace till/);
});
