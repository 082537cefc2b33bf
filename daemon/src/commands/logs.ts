import { once } from "node:events";
import { access } from "node:fs/promises";
import { LEVELS, levelNamed } from "@vexil/engine/observe/levels";
import { parseDuration } from "@vexil/plugin-api";
import type { Command } from "commander";
import { followFile } from "../logs/follow-file.js";
import type { LogFilter } from "../logs/log-line.js";
import { printLog } from "../logs/print-log.js";
import { readJournal } from "../logs/read-journal.js";

interface Options {
  readonly follow?: true;
  readonly level?: string;
  readonly event?: string;
  readonly storage?: string;
  readonly actor?: string;
  readonly since?: string;
}

export function registerLogs(program: Command): void {
  program
    .command("logs")
    .description("Print the daemon's log in readable lines.")
    .argument("[file]", "a log file, or - for stdin (default: the journal of vexil.service)")
    .option("-f, --follow", "go on with what is added, across rotation too")
    .option("-l, --level <level>", `that level and graver ones: ${Object.keys(LEVELS).join(", ")}`)
    .option("-e, --event <event>", "one event, or all of a kind, such as fetch.*")
    .option("-s, --storage <id>", "one storage")
    .option("-a, --actor <actor>", "what one caller did, such as token:ci, or all callers of a kind, such as oidc:*")
    .option("--since <when>", "a time span such as 30m, or a time such as 2024-05-01T12:00:00Z")
    .addHelpText(
      "after",
      `
Lines that are no JSON are printed as they are, unless something is filtered. Colours on a terminal only.

Examples:
  vexil logs --follow --level warn
  vexil logs /var/log/vexil.log --event fetch.failed --since 30m
  vexil logs --event "write.*" --actor token:ci
  vexil serve | vexil logs -`,
    )
    .action(async (file: string | undefined, options: Options) => {
      try {
        await logs(file, options);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        const reason = code === "ENOENT" ? `${file}: no such file` : message;
        process.stderr.write(`Error: ${reason}\n`);
        process.exitCode = 1;
      }
    });
}

async function logs(file: string | undefined, options: Options): Promise<void> {
  const filter = readFilter(options);
  if (file !== undefined && file !== "-") await access(file);
  const stop = new AbortController();
  // The reader of our output has gone away (`vexil logs | head`).
  process.stdout.once("error", () => stop.abort());
  process.once("SIGINT", () => stop.abort());
  const follow = options.follow === true;
  const { signal } = stop;
  const source =
    file === undefined
      ? readJournal({ follow, signal })
      : file === "-"
        ? (process.stdin as AsyncIterable<Uint8Array>)
        : followFile(file, { follow, signal });
  const colors = process.stdout.isTTY === true && !process.env.NO_COLOR;
  await printLog(source, { filter, colors, write: (text) => void process.stdout.write(text) });
  if (process.stdout.writableNeedDrain) await once(process.stdout, "drain", { signal }).catch(() => undefined);
}

function readFilter({ level: levelName, event, storage, actor, since: when }: Options): LogFilter {
  const level = levelName === undefined ? undefined : levelNamed(levelName);
  if (levelName !== undefined && level === undefined) {
    throw new Error(`unknown level "${levelName}" (${Object.keys(LEVELS).join(", ")})`);
  }
  return {
    ...(level === undefined ? {} : { level }),
    ...(event === undefined ? {} : { event }),
    ...(storage === undefined ? {} : { storage }),
    ...(actor === undefined ? {} : { actor }),
    ...(when === undefined ? {} : { since: readSince(when) }),
  };
}

function readSince(text: string): number {
  const span = parseDuration(text);
  if (typeof span === "number") return Date.now() - span;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new Error(`--since "${text}" is neither a span such as 30m nor a time such as 2024-05-01T12:00Z`);
  return time;
}
