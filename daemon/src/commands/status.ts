import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { isWell, type StatusAnswer, shownSink, shownStorage } from "../client/status-text.js";
import { shownUpstream } from "../client/upstream-text.js";
import { writeOut } from "../client/write-out.js";

interface Options extends ClientOptions {
  readonly json?: true;
  readonly watch?: true;
}

const WATCH_MS = 1_000;

export function registerStatus(program: Command): void {
  const command = program
    .command("status")
    .description("Show the state of every storage of a daemon.")
    .option("--json", "one JSON object, for programs")
    .option("--watch", "show it again whenever it changes, until interrupted");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Exit code 0 if all storages are ready and nothing is held back by faulty files or failing tests, 1 if not, or of an edge
that has nothing to serve yet, 2 if no daemon answers or it refuses the token.

Examples:
  vexil status
  vexil status --json --url http://flags.example.com:8080 --token-file /run/secrets/token`,
    )
    .action(async (options: Options) => {
      try {
        const client = await ApiClient.open(options);
        if (options.watch) await watch(client, options);
        else await show(client, options);
      } catch (error) {
        failed(error);
        process.exitCode = 2;
      }
    });
}

async function show(client: ApiClient, options: Options): Promise<void> {
  const status = (await client.ask("GET", "/api/status")) as StatusAnswer;
  writeOut(print(status, options));
  process.exitCode = status.storages.every(isWell) && !isUnfed(status) ? 0 : 1;
}

/** Tells of an edge that has had nothing from its upstream yet. */
function isUnfed({ storages, upstream }: StatusAnswer): boolean {
  return storages.length === 0 && upstream?.state === "disconnected";
}

/** Asks every second; what counts seconds is no change. */
async function watch(client: ApiClient, options: Options): Promise<never> {
  let last = "";
  for (;;) {
    const status = (await client.ask("GET", "/api/status")) as StatusAnswer;
    const steady = status.storages.map(({ stalenessSeconds: _, ...storage }) => ({
      ...storage,
      nextPoll: "",
      lastSuccess: "",
    }));
    const sinks = status.sinks?.map(({ name, state, lastError }) => ({ name, state, lastError }));
    const now = JSON.stringify([steady, sinks, status.upstream?.state]);
    if (now !== last) writeOut(print(status, options));
    last = now;
    await sleep(WATCH_MS);
  }
}

function print(status: StatusAnswer, { json, watch: watching }: Options): string {
  if (json) return `${watching ? JSON.stringify(status) : JSON.stringify(status, null, 2)}\n`;
  const head = watching ? `${new Date().toISOString()}\n` : "";
  const shown = status.storages.map(shownStorage).join("");
  const none = isUnfed(status) ? "nothing to serve yet\n" : "there is no storage that you may read of\n";
  const upstream = status.upstream === undefined ? "" : shownUpstream(status.upstream);
  const sinks = (status.sinks ?? []).map(shownSink).join("");
  const storages = shown === "" ? none : shown;
  return `${head}vexil ${status.version}, started ${status.startedAt}\n${upstream}${storages}${sinks}`;
}
