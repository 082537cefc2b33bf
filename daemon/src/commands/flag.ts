import { type Command, InvalidArgumentError, Option } from "commander";
import { confirm } from "../items/confirm.js";
import { changedFlag, type FlagOptions, newFlag } from "../items/flag-changes.js";
import { deleteItem, listItems, putItem, readItem } from "../items/item-requests.js";
import { itemText, tellWritten } from "../items/item-text.js";
import { textTable } from "../items/text-table.js";
import {
  type ItemOptions,
  type WriteOptions,
  withDaemon,
  withItemOptions,
  withWriteOptions,
} from "../items/write-options.js";
import { repeated } from "./repeated-option.js";
import { writeOut } from "./write-out.js";

const EXAMPLES = `
A write is a commit; its id is printed. Without --revision it is refused (409) if the flag has changed since it was read.
Exit code 1 if it is refused, 2 if no daemon answers.

Examples:
  vexil flag list --environment staging
  vexil flag create checkout --description "The new checkout" --message "Begin the new checkout"
  vexil flag toggle checkout
  vexil flag set checkout --disabled --percentage 25
  vexil flag set theme --variant dark --attachment 'dark={"hex":"#000"}' --default-variant dark
  vexil flag show theme > theme.yaml && vexil flag set theme --file theme.yaml
  vexil flag delete checkout --yes --local ./flags/production`;

export function registerFlag(program: Command): void {
  const flag = program.command("flag").description("List, show, make, change and delete flags.");
  withItemOptions(flag.command("list").description("List the flags of a namespace.")).action((options: ItemOptions) =>
    withDaemon(options, async (client) => {
      const flags = await listItems(client, "flag", options);
      if (options.json) return writeOut(`${JSON.stringify(flags, null, 2)}\n`);
      const rows = flags.map(({ key, type, enabled, name }) => [
        key,
        type.replace("_FLAG_TYPE", "").toLowerCase(),
        enabled ? "on" : "off",
        name,
      ]);
      writeOut(textTable(["key", "type", "enabled", "name"], rows));
    }),
  );
  withItemOptions(flag.command("show").description("Show a flag as YAML.").argument("<flag>", "its key")).action(
    (key: string, options: ItemOptions) =>
      withDaemon(options, async (client) => {
        const { payload } = await readItem(client, "flag", key, options);
        writeOut(options.json ? `${JSON.stringify(payload, null, 2)}\n` : itemText(payload));
      }),
  );
  withFlagOptions(flag.command("create").description("Make a flag."))
    .addOption(
      new Option("--type <type>", "its type (else variant where it has variants)").choices(["boolean", "variant"]),
    )
    .action((key: string, options: FlagOptions) =>
      withDaemon(options, async (client) => {
        const payload = await changedFlag(newFlag(key, options), options);
        const { revision } = options;
        tellWritten(
          `${key} was made`,
          await putItem(client, "flag", { mode: "create", payload, revision }, options),
          options,
        );
      }),
    );
  withFlagOptions(flag.command("set").description("Change a flag: what no option names stays as it is.")).action(
    (key: string, options: FlagOptions) =>
      withDaemon(options, async (client) => {
        const before = await readItem(client, "flag", key, options);
        const payload = await changedFlag(before.payload, options);
        const { revision = before.revision } = options;
        tellWritten(
          `${key} was changed`,
          await putItem(client, "flag", { mode: "update", payload, revision }, options),
          options,
        );
      }),
  );
  withWriteOptions(flag.command("toggle").description("Switch a flag on or off.").argument("<flag>", "its key"))
    .addOption(new Option("--on", "switch it on, whatever it is").conflicts("off"))
    .option("--off", "switch it off, whatever it is")
    .action((key: string, options: WriteOptions & { readonly on?: true; readonly off?: true }) =>
      withDaemon(options, async (client) => {
        const before = await readItem(client, "flag", key, options);
        const enabled = options.on ?? (options.off === undefined && !before.payload.enabled);
        const state = enabled ? "on" : "off";
        if (enabled === before.payload.enabled) {
          return writeOut(
            options.json ? `${JSON.stringify({ revision: before.revision })}\n` : `${key} is ${state} already\n`,
          );
        }
        const payload = { ...before.payload, enabled };
        const { revision = before.revision } = options;
        tellWritten(
          `${key} is ${state}`,
          await putItem(client, "flag", { mode: "update", payload, revision }, options),
          options,
        );
      }),
    );
  withWriteOptions(flag.command("delete").description("Delete a flag.").argument("<flag>", "its key"))
    .option("-y, --yes", "do not ask")
    .action((key: string, options: WriteOptions & { readonly yes?: true }) =>
      withDaemon(options, async (client) => {
        await readItem(client, "flag", key, options);
        await confirm(`Delete the flag ${options.namespace}/${key}?`, options.yes === true);
        tellWritten(`${key} was deleted`, await deleteItem(client, "flag", key, options), options);
      }),
    );
  for (const command of [flag, ...flag.commands]) command.addHelpText("after", EXAMPLES);
}

function withFlagOptions(command: Command): Command {
  return withWriteOptions(command.argument("<flag>", "its key"))
    .option(
      "-f, --file <file>",
      "YAML or JSON with what to set, as an entry of a features file or as show prints it; - is stdin",
    )
    .option("--name <text>", "its name")
    .option("--description <text>", "its description")
    .addOption(new Option("--enabled", "on: true for whom no rollout catches, or its rules count"))
    .addOption(new Option("--disabled", "off").conflicts("enabled"))
    .option("--percentage <number>", "of a boolean flag: true for so many percent of the entities", percentage)
    .option("--variant <key>", "add a variant, if it is not there; may be repeated", repeated, [])
    .option("--attachment <variant=JSON>", "the variant's attachment, or variant=@file; may be repeated", repeated, [])
    .option("--default-variant <key>", "the variant for whom no rule catches")
    .option("--metadata <key=value>", "a text or JSON; empty: without it; may be repeated", repeated, []);
}

function percentage(text: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number <= 100) return number;
  throw new InvalidArgumentError("write a number from 0 to 100.");
}
