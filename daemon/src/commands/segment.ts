import { type Command, Option } from "commander";
import { changedSegment, newSegment } from "../items/segment-changes.js";
import { addCreate, addDelete, addList, addSet, addShow, withItemFields } from "./item-commands.js";
import { repeated } from "./repeated-option.js";

const EXAMPLES = `
A write is a commit; its id is printed. A segment that flags use is not deleted. Exit code 1 if it is refused, 2 if no
daemon answers.

Examples:
  vexil segment create beta --constraint 'string plan isoneof ["beta","canary"]'
  vexil segment set adults --match any --constraint "number age gte 18" --constraint "boolean verified true"
  vexil segment show beta > beta.yaml && vexil segment set beta --file beta.yaml
  vexil segment delete beta --yes`;

const FIELDS = { withOptions: withSegmentOptions, fresh: newSegment, changed: changedSegment };

export function registerSegment(program: Command): void {
  const segment = program.command("segment").description("List, show, make, change and delete segments.");
  addList(segment, "segment", ["key", "match", "constraints", "name"], ({ key, matchType, constraints, name }) => [
    key,
    matchType.replace("_MATCH_TYPE", "").toLowerCase(),
    String(constraints.length),
    name,
  ]);
  addShow(segment, "segment");
  addCreate(segment, "segment", FIELDS);
  addSet(segment, "segment", FIELDS);
  addDelete(segment, "segment");
  for (const command of [segment, ...segment.commands]) command.addHelpText("after", EXAMPLES);
}

function withSegmentOptions(command: Command): Command {
  return withItemFields(command, "segment")
    .addOption(new Option("--match <type>", "whether all of its constraints have to be met").choices(["all", "any"]))
    .option(
      "--constraint <text>",
      '"type property operator value", in place of those that it has; may be repeated; type is string, number, boolean, datetime or entity',
      repeated,
      [],
    );
}
