import { snapshotSample } from "@vexil/plugin-api/testing";
import exporter from "@vexil/sink-export";
import { exportSettings } from "@vexil/sink-export/settings";

// A process that exports one state after the other until it is killed: path, and the number to begin with.
const [path = "", first = "0"] = process.argv.slice(2);
const { signal } = new AbortController();
const context = { sink: { name: "cdn" }, configDirectory: "/", logger: { log() {} }, redact() {}, signal };
const sink = await exporter.create(exportSettings.parse({ path, keep: 5 }), context as never);
for (let round = Number(first); ; round += 1) {
  const namespaces = Object.fromEntries(["a", "b", "c"].map((key) => [key, `{"of":"${key}","round":${round}}`]));
  await sink.publish?.(snapshotSample(`e${round % 3}`, namespaces), { signal });
  if (round % 7 === 0) await sink.retain?.(["e0", "e1"], { signal });
  process.stdout.write(`${round}\n`);
}
