import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";
import { EventsText } from "../client/events-text.js";
import { printable } from "../client/printable.js";
import { revisionText } from "../client/revision-text.js";
import { watchEvents } from "../client/watch-events.js";
import { writeHarmless } from "../client/write-out.js";

interface Options extends ClientOptions {
  readonly follow?: true;
  readonly from?: string;
  readonly environment: readonly string[];
  readonly namespace: readonly string[];
  readonly kind: readonly string[];
  readonly field: readonly string[];
  readonly json?: true;
}

export function registerEvents(program: Command): void {
  const command = program
    .command("events")
    .description("Print what changes: flags, segments, faulty files, states of storages, and who is behind it.")
    .option("-f, --follow", "go on with what happens, until Ctrl-C; after a lost connection too")
    .option("--from <revision>", 'since when: beginning, a commit, a tag, main~3, or a time ("2 hours ago")')
    .option("-e, --environment <key>", "only this environment, * for any text; may be repeated", more, [])
    .option("-n, --namespace <key>", "only this namespace, * for any text; may be repeated", more, [])
    .option(
      "-k, --kind <kind>",
      "change, quarantine, gap, storage, flag, segment or namespace; may be repeated",
      more,
      [],
    )
    .option("--field <name>", "only changes of this member, such as enabled; may be repeated", more, [])
    .option("--json", "one event as JSON to a line, for programs");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Without --follow it prints what has happened since --from, and ends. Exit code 0 then, and at Ctrl-C; 1 if the daemon
refuses it, 2 if no daemon answers or the credential ends.

Examples:
  vexil events --follow
  vexil events --from "2 days ago" --environment production
  vexil events --follow --kind flag --field enabled --json
  vexil events --from beginning --json > all.jsonl`,
    )
    .action(async (options: Options) => {
      try {
        await print(options);
      } catch (error) {
        failed(error);
      }
    });
}

async function print(options: Options): Promise<void> {
  const { follow, from, json } = options;
  if (follow !== true && from === undefined) {
    throw new RefusedError("say since when with --from, or go on with what happens with --follow");
  }
  const query = new URLSearchParams();
  for (const name of ["environment", "namespace", "kind", "field"] as const) {
    for (const value of options[name]) query.append(name, value);
  }
  if (from !== undefined) query.set("from", from.trim() === "now" ? "now" : revisionText(from));
  if (follow !== true) query.set("follow", "false");
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const text = new EventsText();
  await watchEvents(await ApiClient.open(options), query, {
    signal: stop.signal,
    told: (event, line) => {
      // The reader of our output has gone away (`vexil events | head`).
      if (!stop.signal.aborted && !writeHarmless(printable(json ? `${line}\n` : text.of(event)))) stop.abort();
    },
    lost: (error) => {
      const note = error === undefined ? "connected again" : `${error.message}; trying again until Ctrl-C`;
      process.stderr.write(`${printable(note)}\n`);
    },
  });
}

const more = (value: string, before: readonly string[]): readonly string[] => [...before, value];
