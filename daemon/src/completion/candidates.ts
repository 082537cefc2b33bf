import type { Argument, Command, Option } from "commander";

/** A word that may stand where the cursor is. */
export interface Candidate {
  readonly word: string;
  readonly description?: string;
}

/** Kind of a word whose values are not in the program. */
export type ValueKind =
  | "file"
  | "directory"
  | "environment"
  | "namespace"
  | "flag"
  | "segment"
  | "storage"
  | "code"
  | "free";

/** The words that may stand where the cursor is, or their kind. */
export type Completion = { readonly candidates: readonly Candidate[] } | { readonly kind: ValueKind };

/** The place that the words before the last have led to. */
interface Position {
  readonly command: Command;
  /** Arguments of it that were given. */
  readonly given: number;
  /** The option whose value the last word is. */
  readonly option: Option | undefined;
}

/** By the placeholder of an option or argument: `<file>`. */
const KINDS: Readonly<Record<string, ValueKind>> = {
  file: "file",
  directory: "directory",
  paths: "file",
  flag: "flag",
  segment: "segment",
  namespace: "namespace",
  storage: "storage",
  code: "code",
};
const BY_OPTION: Readonly<Record<string, ValueKind>> = { environment: "environment", namespace: "namespace" };

/**
 * Completes the last of the words that follow the program's name.
 * @param words the last one is what was typed of it, perhaps nothing
 */
export function completionOf(program: Command, words: readonly string[]): Completion {
  const last = words.at(-1) ?? "";
  const { command, given, option } = positionAfter(program, words.slice(0, -1));
  if (option !== undefined) return valuesOf(option, kindOf(option));
  const equals = /^(--[\w-]+)=/.exec(last);
  const named = equals === null ? undefined : optionNamed(command, equals[1] ?? "");
  if (equals !== null && named !== undefined) {
    const values = valuesOf(named, kindOf(named));
    if ("kind" in values) return values;
    return { candidates: values.candidates.map((one) => ({ ...one, word: `${equals[0]}${one.word}` })) };
  }
  if (last.startsWith("-")) return { candidates: optionsOf(command) };
  if (command.commands.length > 0 && given === 0) return { candidates: commandsOf(command) };
  const argument = argumentAt(command, given);
  return argument === undefined ? { candidates: [] } : valuesOf(argument, KINDS[argument.name()] ?? "free");
}

/** The value that an option has among the words, if any. */
export function givenValue(words: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [at, word] of words.entries()) {
    if (names.includes(word)) return words[at + 1];
    const name = names.find((one) => one.startsWith("--") && word.startsWith(`${one}=`));
    if (name !== undefined) return word.slice(name.length + 1);
  }
  return undefined;
}

function positionAfter(program: Command, words: readonly string[]): Position {
  let [command, given] = [program, 0];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const option = optionNamed(command, word);
    const child = given === 0 ? command.commands.find((one) => one.name() === word) : undefined;
    if (option !== undefined && (option.required || option.optional)) {
      if (at === words.length - 1) return { command, given, option };
      at += 1;
    } else if (child !== undefined) {
      command = child;
    } else if (!word.startsWith("-")) given += 1;
  }
  return { command, given, option: undefined };
}

function optionNamed(command: Command, name: string): Option | undefined {
  return command.options.find((option) => option.long === name || option.short === name);
}

function argumentAt({ registeredArguments }: Command, at: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[at] ?? (last?.variadic === true ? last : undefined);
}

function kindOf({ flags, long }: Option): ValueKind {
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? "";
  return BY_OPTION[long?.slice(2) ?? ""] ?? KINDS[placeholder] ?? "free";
}

function valuesOf({ argChoices }: Option | Argument, kind: ValueKind): Completion {
  return argChoices === undefined ? { kind } : { candidates: argChoices.map((word) => ({ word })) };
}

function optionsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, short, description }) => {
      const word = long ?? short;
      return word === undefined || word === null ? [] : [{ word, description }];
    });
}

function commandsOf(command: Command): readonly Candidate[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.map((one) => ({ word: one.name(), description: one.description() }));
}
