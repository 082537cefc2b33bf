import { type Command, Option } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { RefusedError } from "../client/client-errors.js";

/** How a daemon says, in the compatible system's words, that there is one with that key. */
const EXISTS = /(?:^|: )create (?:resource|namespace) "[^"]*"$/;

const COMMITTED = "; a write is a commit on the branch that is checked out";

/** Options of commands about flags, segments and namespaces. */
export interface ItemOptions extends ClientOptions {
  readonly environment?: string;
  readonly namespace?: string;
  readonly local?: string;
  readonly json?: true;
}

/** Options of those that write. */
export interface WriteOptions extends ItemOptions {
  readonly message?: string;
  readonly revision?: string;
}

export function withItemOptions(
  command: Command,
  { hasNamespace = true, hasJson = true, isWrite = false } = {},
): Command {
  command.option("-e, --environment <key>", "the environment (else the default one)");
  if (hasNamespace) command.option("-n, --namespace <key>", "the namespace", "default");
  if (hasJson) command.option("--json", "JSON, for programs");
  return withClientOptions(
    command.addOption(
      new Option(
        "--local <directory>",
        `a directory of a git clone, without any daemon${isWrite ? COMMITTED : ""}`,
      ).conflicts("url"),
    ),
  );
}

export function withWriteOptions(command: Command, options?: { readonly hasNamespace?: boolean }): Command {
  return withItemOptions(command, { ...options, isWrite: true })
    .option("-m, --message <text>", "the commit's message (else as the configuration says)")
    .option("--revision <revision>", "refuse if the file has changed since this commit");
}

/** Runs what a command is about with a daemon, or with a directory, and ends as its failure asks for. */
export async function withDaemon(options: ItemOptions, work: (client: ApiClient) => Promise<void>): Promise<void> {
  try {
    if (options.local === undefined) return await work(await ApiClient.open(options));
    const { openPrivateDaemon } = await import("../local/private-daemon.js");
    const { client, close } = await openPrivateDaemon(options.local, options.environment);
    try {
      await work(client);
    } finally {
      await close();
    }
  } catch (error) {
    failed(error);
  }
}

/** A conflict with what to do about it; any other error as it is. */
export function withWayOn(error: unknown, advice: string): unknown {
  if (!isConflict(error)) return error;
  return new RefusedError(`${error.message}; nothing was written: ${advice}`, error.status);
}

/**
 * An error of what could not be made, with what to do about it; where there is one already, that is said.
 * @param name what was to be made, in words
 * @param commands those that change it, and that show what there is
 */
export function notMade(
  error: unknown,
  name: string,
  { set, list }: { readonly set: string; readonly list: string },
): unknown {
  if (!isConflict(error) || !EXISTS.test(error.message)) return withWayOn(error, changed(list));
  return new RefusedError(`${name} exists already; nothing was written: change it with "${set}"`, error.status);
}

/** Advice where something has changed since it was read. */
export function changed(show: string): string {
  return `look at what is there now ("${show}"), and run the command again`;
}

function isConflict(error: unknown): error is RefusedError {
  return error instanceof RefusedError && error.status === 409;
}
