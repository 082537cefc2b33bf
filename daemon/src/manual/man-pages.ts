import type { EventEmitter } from "node:events";
import { Command } from "commander";
import { commandsFor } from "../commands/index.js";
import { version } from "../version.js";
import { entry, example, paragraph, roff } from "./roff.js";

/** Parts of the text that stands after a command's options in its help. */
interface Remarks {
  readonly paragraphs: readonly string[];
  readonly examples: readonly string[];
}

const HELP: readonly (readonly [string, string])[] = [
  ["VEXIL_TOKEN", "The token that commands show a daemon, where no --token-file is given."],
  ["NO_COLOR", "Nothing is printed in colours."],
];

/**
 * The manual's pages of section 1: one of the program and one of each command, made of what `--help` is made of.
 * @returns text by file name, such as `vexil-flag.1`
 */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const program = new Command("vexil").description("Keeps feature flags in git and serves them over HTTP.");
  for (const register of await commandsFor(["--help"])) register(program);
  const commands = visible(program);
  const pages = commands.map((command) => [`vexil-${command.name()}.1`, commandPage(command)] as const);
  return new Map([["vexil.1", programPage(program, commands)], ...pages]);
}

function programPage(program: Command, commands: readonly Command[]): string {
  return page([
    title("vexil"),
    `.SH NAME\nvexil \\- ${roff(summary(program))}`,
    ".SH SYNOPSIS\n.B vexil\n.I command\n.RI [ options ]",
    ".SH DESCRIPTION",
    paragraph(`${program.description()} Each command has a page of its own, vexil-COMMAND(1), and a --help.`),
    ".SH COMMANDS",
    ...commands.map((command) => entry(`vexil ${command.name()}`, command.description())),
    ".SH ENVIRONMENT",
    ...HELP.map(([name, text]) => entry(name, text)),
    seeAlso(commands.map((command) => `vexil-${command.name()}`)),
  ]);
}

function commandPage(command: Command): string {
  const children = visible(command);
  const { paragraphs, examples } = remarksOf(command);
  return page([
    title(`vexil-${command.name()}`),
    `.SH NAME\nvexil\\-${roff(command.name())} \\- ${roff(summary(command))}`,
    ".SH SYNOPSIS",
    ...(children.length === 0 ? [command] : children).map(synopsis),
    ".SH DESCRIPTION",
    paragraph(command.description()),
    ...paragraphs.map(paragraph),
    ...(children.length === 0 ? options(command, ".SH OPTIONS") : [".SH COMMANDS", ...children.flatMap(part)]),
    ...(examples.length === 0 ? [] : [".SH EXAMPLES", example(examples)]),
    seeAlso(["vexil"]),
  ]);
}

function part(command: Command): readonly string[] {
  // Those that all commands of a group share stand on the page once.
  const shared = new Set(command.parent === null ? [] : remarksOf(command.parent).paragraphs);
  const { paragraphs, examples } = remarksOf(command);
  const own = paragraphs.filter((text) => !shared.has(text));
  const isShared = shared.size > 0 && own.length === 0;
  return [
    `.SS ${roff(nameOf(command))}`,
    paragraph(command.description()),
    ...own.map(paragraph),
    ...options(command, ".PP"),
    ...(isShared || examples.length === 0 ? [] : [example(examples)]),
  ];
}

function options(command: Command, heading: string): readonly string[] {
  const help = command.createHelp();
  const entries = [
    ...help.visibleArguments(command).map((one) => entry(help.argumentTerm(one), help.argumentDescription(one))),
    ...help.visibleOptions(command).map((one) => entry(help.optionTerm(one), help.optionDescription(one))),
  ];
  return entries.length === 0 ? [] : [heading, ...entries];
}

function synopsis(command: Command): string {
  return `.PP\n.B ${roff(nameOf(command))}\n${roff(command.usage())}`;
}

/** With all names above it, but for help, which every group has. */
function visible(command: Command): readonly Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== "help");
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function remarksOf(command: Command): Remarks {
  let text = "";
  // commander tells what `addHelpText` was given by events alone.
  const events = command as unknown as EventEmitter;
  events.emit("afterHelp", { error: false, command, write: (more: string) => (text += more) });
  const [before = "", after] = text.split(/^Examples?:$/m);
  const paragraphs = before.split(/\n\s*\n/).map((one) => one.trim());
  const examples = (after ?? "").split("\n").map((line) => line.replace(/^ {2}/, ""));
  while (examples[0] === "") examples.shift();
  while (examples.at(-1) === "") examples.pop();
  return { paragraphs: paragraphs.filter((one) => one !== ""), examples };
}

function summary(command: Command): string {
  const [first = ""] = command.description().split(/\.(?: |$)/);
  return first.charAt(0).toLowerCase() + first.slice(1);
}

function title(name: string): string {
  return `.TH ${roff(name.toUpperCase())} 1 "" "vexil ${version}" "Vexil"`;
}

function seeAlso(names: readonly string[]): string {
  return `.SH "SEE ALSO"\n${names.map((name) => `.BR ${roff(name)} (1)`).join(",\n")}`;
}

function page(parts: readonly string[]): string {
  return `${parts.join("\n")}\n`;
}
