import { type Command, Option } from "commander";
import { confirm } from "../items/confirm.js";
import { deleteItem, listItems, putItem, readItem } from "../items/item-requests.js";
import { itemText, tellWritten } from "../items/item-text.js";
import { changedSegment, newSegment, type SegmentOptions } from "../items/segment-changes.js";
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
A write is a commit; its id is printed. A segment that flags use is not deleted. Exit code 1 if it is refused, 2 if no
daemon answers.

Examples:
  vexil segment create beta --constraint 'string plan isoneof ["beta","canary"]'
  vexil segment set adults --match any --constraint "number age gte 18" --constraint "boolean verified true"
  vexil segment show beta > beta.yaml && vexil segment set beta --file beta.yaml
  vexil segment delete beta --yes`;

export function registerSegment(program: Command): void {
  const segment = program.command("segment").description("List, show, make, change and delete segments.");
  withItemOptions(segment.command("list").description("List the segments of a namespace.")).action(
    (options: ItemOptions) =>
      withDaemon(options, async (client) => {
        const segments = await listItems(client, "segment", options);
        if (options.json) return writeOut(`${JSON.stringify(segments, null, 2)}\n`);
        const rows = segments.map(({ key, matchType, constraints, name }) => [
          key,
          matchType.replace("_MATCH_TYPE", "").toLowerCase(),
          String(constraints.length),
          name,
        ]);
        writeOut(textTable(["key", "match", "constraints", "name"], rows));
      }),
  );
  withItemOptions(
    segment.command("show").description("Show a segment as YAML.").argument("<segment>", "its key"),
  ).action((key: string, options: ItemOptions) =>
    withDaemon(options, async (client) => {
      const { payload } = await readItem(client, "segment", key, options);
      writeOut(options.json ? `${JSON.stringify(payload, null, 2)}\n` : itemText(payload));
    }),
  );
  withSegmentOptions(segment.command("create").description("Make a segment.")).action(
    (key: string, options: SegmentOptions) =>
      withDaemon(options, async (client) => {
        const payload = await changedSegment(newSegment(key), options);
        const { revision } = options;
        const made = await putItem(client, "segment", { mode: "create", payload, revision }, options);
        tellWritten(`${key} was made`, made, options);
      }),
  );
  withSegmentOptions(
    segment.command("set").description("Change a segment: what no option names stays as it is."),
  ).action((key: string, options: SegmentOptions) =>
    withDaemon(options, async (client) => {
      const before = await readItem(client, "segment", key, options);
      const payload = await changedSegment(before.payload, options);
      const { revision = before.revision } = options;
      const made = await putItem(client, "segment", { mode: "update", payload, revision }, options);
      tellWritten(`${key} was changed`, made, options);
    }),
  );
  withWriteOptions(segment.command("delete").description("Delete a segment.").argument("<segment>", "its key"))
    .option("-y, --yes", "do not ask")
    .action((key: string, options: WriteOptions & { readonly yes?: true }) =>
      withDaemon(options, async (client) => {
        await readItem(client, "segment", key, options);
        await confirm(`Delete the segment ${options.namespace}/${key}?`, options.yes === true);
        tellWritten(`${key} was deleted`, await deleteItem(client, "segment", key, options), options);
      }),
    );
  for (const command of [segment, ...segment.commands]) command.addHelpText("after", EXAMPLES);
}

function withSegmentOptions(command: Command): Command {
  return withWriteOptions(command.argument("<segment>", "its key"))
    .option(
      "-f, --file <file>",
      "YAML or JSON with what to set, as an entry of a features file or as show prints it; - is stdin",
    )
    .option("--name <text>", "its name")
    .option("--description <text>", "its description")
    .addOption(new Option("--match <type>", "whether all of its constraints have to be met").choices(["all", "any"]))
    .option(
      "--constraint <text>",
      '"type property operator value", in place of those that it has; may be repeated; type is string, number, boolean, datetime or entity',
      repeated,
      [],
    );
}
