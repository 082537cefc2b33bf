import { type Command, InvalidArgumentError, Option } from "commander";
import { counted } from "../client/counted.js";
import { writeOut } from "../client/write-out.js";
import type { FlagPayload } from "../http/management/shown-flag.js";
import { changedFlag, newFlag } from "../items/flag-changes.js";
import { readItem, updateItem } from "../items/item-requests.js";
import { tellWritten } from "../items/item-text.js";
import { type WriteOptions, withDaemon, withWriteOptions } from "../items/write-options.js";
import { addCreate, addDelete, addList, addSet, addShow, withItemFields } from "./item-commands.js";
import { repeated } from "./repeated-option.js";

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

const FIELDS = { withOptions: withFlagOptions, fresh: newFlag, changed: changedFlag };

export function registerFlag(program: Command): void {
  const flag = program.command("flag").description("List, show, make, change and delete flags.");
  addList(flag, "flag", ["key", "type", "enabled", "name"], ({ key, type, name, ...state }) => [
    key,
    type.replace("_FLAG_TYPE", "").toLowerCase(),
    enabledText(state),
    name,
  ]);
  addShow(flag, "flag");
  addCreate(flag, "flag", FIELDS).addOption(
    new Option("--type <type>", "its type (else variant where it has variants)").choices(["boolean", "variant"]),
  );
  addSet(flag, "flag", FIELDS);
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
        tellWritten(`${key} is ${state}`, await updateItem(client, "flag", { ...before, payload }, options), options);
      }),
    );
  addDelete(flag, "flag");
  for (const command of [flag, ...flag.commands]) command.addHelpText("after", EXAMPLES);
}

function withFlagOptions(command: Command): Command {
  return withItemFields(command, "flag")
    .addOption(new Option("--enabled", "on: true for whom no rollout catches, or its rules count"))
    .addOption(new Option("--disabled", "off").conflicts("enabled"))
    .option("--percentage <number>", "of a boolean flag: true for so many percent of the entities", percentage)
    .option("--variant <key>", "add a variant, if it is not there; may be repeated", repeated, [])
    .option("--attachment <variant=JSON>", "the variant's attachment, or variant=@file; may be repeated", repeated, [])
    .option("--default-variant <key>", "the variant for whom no rule catches")
    .option("--metadata <key=value>", "a text or JSON; empty: without it; may be repeated", repeated, []);
}

/** Rollouts stand before what a flag itself says: one that is off may be true for many. */
function enabledText({ enabled, rollouts }: Pick<FlagPayload, "enabled" | "rollouts">): string {
  const state = enabled ? "on" : "off";
  if (rollouts.length === 0) return state;
  return `${state}, ${counted(rollouts.length, "rollout")}`;
}

function percentage(text: string): number {
  const number = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && number <= 100) return number;
  throw new InvalidArgumentError("write a number from 0 to 100.");
}
