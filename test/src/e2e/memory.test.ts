import test from "ava";
import { generatedFiles } from "../bench/generated-flags.js";
import { type RunningDaemon, startDaemon, VEXIL } from "../helpers/daemon/daemon.js";
import { temporaryRepository } from "../helpers/repositories/temporary-repository.js";

const MEGABYTE = 2 ** 20;
const FLAGS = 500;

/** At SIGUSR2 the daemon collects its garbage and logs what is left. */
const TELL_HEAP = `process.on("SIGUSR2", () => {
  for (let round = 0; round < 3; round += 1) gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  process.stdout.write(JSON.stringify({ event: "test.heap", heapUsed, arrayBuffers }) + "\\n");
});`;

async function heapOf(daemon: RunningDaemon): Promise<number> {
  const before = daemon.lines.length;
  daemon.child.kill("SIGUSR2");
  const { heapUsed } = await daemon.line((line) => line.event === "test.heap" && daemon.lines.indexOf(line) >= before);
  return Number(heapUsed);
}

test("a memory storage whose file of 500 flags changes again and again keeps none of its old states", async (t) => {
  const [[path, text] = ["", ""]] = generatedFiles(FLAGS);
  const repository = await temporaryRepository(t, { files: { [path]: text } });
  const daemon = await startDaemon(t, {
    config: { storage: { default: { remote: repository.path, poll_interval: "1h" } }, log: { level: "info" } },
    program: [
      process.execPath,
      "--expose-gc",
      "--import",
      `data:text/javascript,${encodeURIComponent(TELL_HEAP)}`,
      VEXIL,
    ],
  });
  const change = async (from: number, to: number): Promise<void> => {
    for (let number = from; number < to; number += 1) {
      await repository.commit({ [path]: `${text}# ${number}\n` });
      await daemon.post("/api/storages/default/sync?wait=true", {});
    }
  };
  // Caches with a limit fill up first.
  await change(0, 10);
  const early = await heapOf(daemon);
  await change(10, 40);
  const grown = (await heapOf(daemon)) - early;
  const { body } = await daemon.get("/api/status");
  t.is(body.storages[0].revision, await repository.git("rev-parse", "main"), "every change was served");
  t.true(
    grown < 6 * MEGABYTE,
    `30 changes left ${(grown / MEGABYTE).toFixed(1)} MB; a state of the file takes about 0.8`,
  );
});
