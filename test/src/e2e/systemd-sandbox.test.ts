import test from "ava";
import { eventually } from "../helpers/daemon/daemon.js";
import { missingForService, startPackagedService } from "../helpers/daemon/packaged-service.js";
import { skipUnless } from "../helpers/runner/skip-unless.js";

/** Appends what it is told, and says what it is itself allowed. */
const ON_CHANGE = `#!/bin/sh
set -e
cat /proc/self/status > status
if mkdir /var/lib/open/made 2>/dev/null; then echo written; else echo refused; fi > outside
cat >> changes.jsonl
`;

const CONFIG = {
  version: "2.0",
  server: { host: "127.0.0.1", http_port: 0, workers: 1 },
  storage: { default: { backend: { type: "local", path: "/var/lib/vexil/flags" } } },
  sinks: {
    told: { type: "exec", command: ["/opt/on-change"], directory: "/var/lib/vexil", filter: { kinds: ["flag"] } },
  },
};

test("a sink's command runs under the sandbox of the packaged unit, and writes to the state directory", async (t) => {
  t.timeout(90_000);
  if (skipUnless(t, missingForService())) return;
  const service = await startPackagedService(t, {
    "vexil.json": JSON.stringify(CONFIG),
    "on-change": ON_CHANGE,
  });
  t.teardown(async () => {
    if (!t.passed) t.log(await service.log());
  });
  const resources = `${service.url}/api/v2/environments/default/namespaces/default/resources`;
  const payload = { "@type": "flipt.core.Flag", name: "Banner", type: 1, enabled: true };
  const written = await fetch(resources, { method: "POST", body: JSON.stringify({ key: "banner", payload }) });
  t.is(written.status, 200);
  const told = await eventually(
    () => service.state("changes.jsonl"),
    (text) => text.endsWith("\n"),
    60_000,
  );
  t.like(JSON.parse(told), { kind: "change", type: "flag", key: "banner", after: { enabled: true } });
  const status = await service.state("status");
  for (const line of ["NoNewPrivs:\t1", "Seccomp:\t2", "CapBnd:\t0000000000000000"]) {
    t.true(status.includes(`${line}\n`), line);
  }
  t.is(await service.state("outside"), "refused\n");
});
