import type { Command } from "commander";
import { ApiClient, type ClientOptions, failed, withClientOptions } from "../client/api-client.js";
import { isReady, type StorageAnswer, shownStorage } from "../client/status-text.js";
import { writeOut } from "../client/write-out.js";

export function registerSync(program: Command): void {
  const command = program
    .command("sync")
    .description("Poll a storage's remote now and show how that went.")
    .argument("<storage>", "the storage's id");
  withClientOptions(command)
    .addHelpText(
      "after",
      `
Exit code 0 if the storage is ready afterwards, 1 if not or if there is no such storage, 2 if no daemon answers.

Examples:
  vexil sync default
  vexil sync main --url http://127.0.0.1:8080`,
    )
    .action(async (id: string, options: ClientOptions) => {
      try {
        const client = await ApiClient.open(options);
        const path = `/api/storages/${encodeURIComponent(id)}/sync?wait=true`;
        const storage = (await client.ask("POST", path)) as StorageAnswer;
        writeOut(shownStorage(storage));
        process.exitCode = isReady(storage) ? 0 : 1;
      } catch (error) {
        failed(error);
      }
    });
}
