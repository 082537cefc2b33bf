import type { Command } from "commander";
import { writeOut } from "../client/write-out.js";
import { confirm } from "../items/confirm.js";
import type { ItemType } from "../items/item-paths.js";
import { deleteItem, listItems, type Payloads, putItem, readItem, updateItem } from "../items/item-requests.js";
import { itemText, tellWritten } from "../items/item-text.js";
import { textTable } from "../items/text-table.js";
import {
  type ItemOptions,
  type WriteOptions,
  withDaemon,
  withItemOptions,
  withWriteOptions,
} from "../items/write-options.js";

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

/** Options of commands that say what one of a type is to be. */
export interface ItemFields<P, O> {
  /** Adds them, and the key. */
  readonly withOptions: (command: Command) => Command;
  /** One that is not there yet. */
  readonly fresh: (key: string, options: O) => P;
  /** One as the options ask for it. */
  readonly changed: (before: P, options: O) => Promise<P>;
}

/** Adds the command that makes one. */
export function addCreate<T extends ItemType, O extends WriteOptions>(
  group: Command,
  type: T,
  { withOptions, fresh, changed }: ItemFields<Payloads[T], O>,
): Command {
  return withOptions(group.command("create").description(`Make a ${type}.`)).action((key: string, options: O) =>
    withDaemon(options, async (client) => {
      const payload = await changed(fresh(key, options), options);
      const { revision } = options;
      const made = await putItem(client, type, { mode: "create", payload, revision }, options);
      tellWritten(`${key} was made`, made, options);
    }),
  );
}

/** Adds the command that changes one. */
export function addSet<T extends ItemType, O extends WriteOptions>(
  group: Command,
  type: T,
  { withOptions, changed }: ItemFields<Payloads[T], O>,
): void {
  const description = `Change a ${type}: what no option names stays as it is.`;
  withOptions(group.command("set").description(description)).action((key: string, options: O) =>
    withDaemon(options, async (client) => {
      const before = await readItem(client, type, key, options);
      const payload = await changed(before.payload, options);
      tellWritten(`${key} was changed`, await updateItem(client, type, { ...before, payload }, options), options);
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
