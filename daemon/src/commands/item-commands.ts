import type { Command } from "commander";
import { confirm } from "../items/confirm.js";
import type { ItemType } from "../items/item-paths.js";
import { deleteItem, listItems, type Payloads, readItem } from "../items/item-requests.js";
import { itemText, tellWritten } from "../items/item-text.js";
import { textTable } from "../items/text-table.js";
import {
  type ItemOptions,
  type WriteOptions,
  withDaemon,
  withItemOptions,
  withWriteOptions,
} from "../items/write-options.js";
import { writeOut } from "./write-out.js";

/** Adds the command that lists all of one type, a row of a table each. */
export function addList<T extends ItemType>(
  group: Command,
  type: T,
  titles: readonly string[],
  row: (payload: Payloads[T]) => readonly string[],
): void {
  withItemOptions(group.command("list").description(`List the ${type}s of a namespace.`)).action(
    (options: ItemOptions) =>
      withDaemon(options, async (client) => {
        const items = await listItems(client, type, options);
        writeOut(options.json ? `${JSON.stringify(items, null, 2)}\n` : textTable(titles, items.map(row)));
      }),
  );
}

/** Adds the command that shows one. */
export function addShow(group: Command, type: ItemType): void {
  withItemOptions(group.command("show").description(`Show a ${type} as YAML.`).argument(`<${type}>`, "its key")).action(
    (key: string, options: ItemOptions) =>
      withDaemon(options, async (client) => {
        const { payload } = await readItem(client, type, key, options);
        writeOut(options.json ? `${JSON.stringify(payload, null, 2)}\n` : itemText(payload));
      }),
  );
}

/** Adds the command that deletes one, once somebody has agreed. */
export function addDelete(group: Command, type: ItemType): void {
  withWriteOptions(group.command("delete").description(`Delete a ${type}.`).argument(`<${type}>`, "its key"))
    .option("-y, --yes", "do not ask")
    .action((key: string, options: WriteOptions & { readonly yes?: true }) =>
      withDaemon(options, async (client) => {
        await readItem(client, type, key, options);
        await confirm(`Delete the ${type} ${options.namespace}/${key}?`, options.yes === true);
        tellWritten(`${key} was deleted`, await deleteItem(client, type, key, options), options);
      }),
    );
}

/** Adds the key of one, and the options that say what it is to be, whatever its type. */
export function withItemFields(command: Command, type: ItemType): Command {
  return withWriteOptions(command.argument(`<${type}>`, "its key"))
    .option(
      "-f, --file <file>",
      "YAML or JSON with what to set, as an entry of a features file or as show prints it; - is stdin",
    )
    .option("--name <text>", "its name")
    .option("--description <text>", "its description");
}
