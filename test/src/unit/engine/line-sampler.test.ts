import { createLogger } from "@vexil/engine/observe/logger";
import type { Level, LogFields } from "@vexil/plugin-api";
import test from "ava";
import { eventually } from "../../helpers/daemon/daemon.js";

const KEYS = { time: "time", level: "level", message: "message" };

function start(sampling: { lines: number; intervalMs: number } | undefined) {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger(
    { level: "info", encoding: undefined, file: undefined, keys: KEYS, sampling },
    { write: (line) => lines.push(JSON.parse(line)) },
  );
  const flood = (count: number, level: Level, event: string, fields: LogFields): void => {
    for (let index = 0; index < count; index += 1) logger.log(level, event, "m", { ...fields, index });
  };
  const written = (event: string, fields: LogFields = {}): number =>
    lines.filter(
      (line) => line.event === event && Object.entries(fields).every(([name, value]) => line[name] === value),
    ).length;
  return { logger, lines, flood, written };
}

test("lines alike beyond the rate are one line that counts them, and are written again afterwards", async (t) => {
  const { lines, flood, written, logger } = start({ lines: 5, intervalMs: 50 });
  flood(1000, "warn", "http.failed", { code: "VEXIL_INTERNAL", method: "GET" });
  t.is(written("http.failed"), 5);
  const [sum] = await eventually(
    async () => lines.filter(({ event }) => event === "lines.summed"),
    (found) => found.length > 0,
  );
  t.like(sum, { level: "warn", summed: "http.failed", count: 995, code: "VEXIL_INTERNAL", method: "GET" });
  t.true(Number(sum?.seconds) >= 0.04);
  t.false(Object.hasOwn(sum ?? {}, "index"));
  flood(3, "warn", "http.failed", { code: "VEXIL_INTERNAL", method: "GET" });
  t.is(written("http.failed"), 8);
  await logger.end();
  t.is(written("lines.summed"), 1, "nothing was kept back");
});

test("what is kept back is told when the process ends", async (t) => {
  const { flood, written, logger } = start({ lines: 1, intervalMs: 60_000 });
  flood(4, "info", "webhook.received", { storage: "main" });
  t.is(written("lines.summed"), 0);
  await logger.end();
  t.is(written("lines.summed", { count: 3, storage: "main" }), 1);
});

test("lines of different storages, codes and callers are never summed, however many there are", async (t) => {
  const { flood, written, lines, logger } = start({ lines: 1, intervalMs: 60_000 });
  for (let index = 0; index < 1_500; index += 1) {
    flood(2, "error", "fetch.failed", { storage: `s${index}`, code: index % 2 === 0 ? "A" : "B" });
  }
  for (let index = 0; index < 1_500; index += 1) flood(2, "warn", "access.refused", { actor: `token:${index}` });
  await logger.end();
  t.is(written("fetch.failed"), 1_500);
  const sums = lines.filter(({ event, summed }) => event === "lines.summed" && summed === "fetch.failed");
  t.is(sums.length, 1_500);
  t.is(new Set(sums.map(({ storage }) => storage)).size, 1_500);
  t.true(sums.every(({ count }) => count === 1));
  // Beyond so many kinds, callers are counted together: memory has a bound.
  t.is(written("access.refused"), 1);
  t.is(written("lines.summed", { summed: "access.refused", count: 2_999 }), 1);
});

test("nothing about commits, writes that are lost, sinks and the daemon itself is ever kept back", async (t) => {
  const { flood, written, logger } = start({ lines: 1, intervalMs: 60_000 });
  for (const event of ["write.committed", "commit.kept", "push.failed", "sink.dropped", "daemon.defect"]) {
    flood(500, "error", event, { storage: "main" });
    t.is(written(event), 500, event);
  }
  flood(500, "fatal", "http.failed", {});
  t.is(written("http.failed"), 500);
  for (const code of ["VEXIL_INTERNAL", "VEXIL_UNAVAILABLE_REMOTE", "VEXIL_AUTH_REJECTED"]) {
    flood(50, "warn", "write.failed", { storage: "main", code });
    t.is(written("write.failed", { code }), 50, code);
  }
  // These were refused: nothing of them was there to be lost.
  for (const code of ["VEXIL_CONFLICT_REVISION", "VEXIL_VALIDATION_REQUEST", "VEXIL_EXISTS"]) {
    flood(50, "warn", "write.failed", { storage: "main", code });
    t.is(written("write.failed", { code }), 1, code);
  }
  await logger.end();
});

test("without sampling every line is written, and it is switched on and off while the process runs", async (t) => {
  const { flood, written, logger } = start(undefined);
  flood(300, "info", "webhook.received", {});
  t.is(written("webhook.received"), 300);
  logger.sampling = { lines: 10, intervalMs: 60_000 };
  flood(300, "info", "webhook.received", {});
  t.is(written("webhook.received"), 310);
  logger.sampling = undefined;
  flood(300, "info", "webhook.received", {});
  t.is(written("webhook.received"), 610);
  await logger.end();
  t.is(written("lines.summed", { count: 290 }), 1);
});
