import {
  FUNCTIONS,
  isMap,
  isTrue,
  type TemplateFunction,
  type TemplateObject,
  type TemplateValue,
  toText,
} from "./template-functions.js";
import { parseTemplateText } from "./template-parser.js";
import {
  type Command,
  type Operand,
  type Pipeline,
  type TemplateNode,
  TemplateSyntaxError,
} from "./template-syntax.js";

export type { TemplateFunction, TemplateObject, TemplateValue };

/** A template may come from a repository: what it says, costs and prints has bounds. */
const MOST_SOURCE = 16_384;
const MOST_STEPS = 100_000;
const MOST_TEXT = 65_536;
/** Times the text that it may print. */
const MOST_MADE = 16;

/**
 * Ways in which a template is not one of a commit's message.
 * @example { show: (value) => toText(value).replaceAll("<", "&lt;"), mostText: 1_000_000 }
 */
export interface TemplateOptions {
  /** Besides Go's own. */
  readonly functions?: Readonly<Record<string, TemplateFunction>>;
  /** The text of a value that is printed, escaped for the place where it goes. */
  readonly show?: (value: TemplateValue) => string;
  /** Characters that it prints at most. */
  readonly mostText?: number;
}

/**
 * A parsed template.
 * @example parseTemplate("{{ range .events }}{{ .key }} {{ end }}").render(data)
 */
export interface Template {
  /** @throws TypeError, RangeError whose message says what the template does wrong */
  render(data: TemplateObject): string;
}

/**
 * Parses a Go `text/template`, of the subset that commit messages need.
 * @example parseTemplate("flags({{ .Environment.Name }}): {{ index .Changes 0 }}")
 * @throws TemplateSyntaxError
 */
export function parseTemplate(text: string, options: TemplateOptions = {}): Template {
  if (text.length > MOST_SOURCE) throw new TemplateSyntaxError(1, `longer than ${MOST_SOURCE} characters`);
  const functions = new Map([...FUNCTIONS, ...Object.entries(options.functions ?? {})]);
  const nodes = parseTemplateText(text, functions);
  return {
    render: (data) => {
      const run = new TemplateRun(data, { show: toText, mostText: MOST_TEXT, ...options, functions });
      run.nodes(nodes, data);
      return run.output;
    },
  };
}

interface RunOptions extends Required<Omit<TemplateOptions, "functions">> {
  readonly functions: ReadonlyMap<string, TemplateFunction>;
}

/** How a list of nodes ended. */
type Ended = "end" | "break" | "continue";

class TemplateRun {
  output = "";
  #steps = 0;
  #characters = 0;
  readonly #variables: { readonly name: string; value: TemplateValue }[];
  readonly #options: RunOptions;
  /** Data without a shape: what is not there is nothing, however deep it is asked for. */
  readonly #isLenient: boolean;

  constructor(data: TemplateObject, options: RunOptions) {
    this.#options = options;
    this.#isLenient = isMap(data);
    this.#variables = [{ name: "$", value: data }];
  }

  nodes(nodes: readonly TemplateNode[], dot: TemplateValue): Ended {
    for (const node of nodes) {
      this.#count();
      const ended = this.#node(node, dot);
      if (ended !== "end") return ended;
    }
    return "end";
  }

  #node(node: TemplateNode, dot: TemplateValue): Ended {
    switch (node.type) {
      case "text":
        this.#print(node.text);
        return "end";
      case "print": {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.#print(this.#options.show(value));
        return "end";
      }
      case "break":
      case "continue":
        return node.type;
      default:
        return this.#scoped(() => (node.type === "range" ? this.#range(node, dot) : this.#choice(node, dot)));
    }
  }

  #print(text: string): void {
    const { mostText } = this.#options;
    this.output += checked(text, mostText);
    checked(this.output, mostText);
  }

  #count(): void {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) throw new RangeError(`it takes more than ${MOST_STEPS} steps`);
  }

  /** Text that functions make costs time, also where it is not printed. */
  #made<Value>(value: Value, text: string): Value {
    const { mostText } = this.#options;
    checked(text, mostText);
    this.#characters += text.length;
    if (this.#characters <= MOST_MADE * mostText) return value;
    throw new RangeError(`its functions make more than ${MOST_MADE * mostText} characters`);
  }

  #scoped(run: () => Ended): Ended {
    const depth = this.#variables.length;
    try {
      return run();
    } finally {
      this.#variables.length = depth;
    }
  }

  #choice(node: TemplateNode & { readonly type: "if" | "with" | "range" }, dot: TemplateValue): Ended {
    const value = this.#pipeline(node.pipeline, dot);
    if (!isTrue(value)) return this.nodes(node.otherwise, dot);
    return this.nodes(node.body, node.type === "with" ? value : dot);
  }

  #range(node: TemplateNode & { readonly type: "if" | "with" | "range" }, dot: TemplateValue): Ended {
    const { variables, declares } = node.pipeline;
    const value = this.#pipeline({ ...node.pipeline, variables: [] }, dot);
    const keys = isMap(value) ? Object.keys(value.fields).sort() : undefined;
    const items = keys === undefined ? listOf(value) : keys.map((key) => field(value, key));
    if (items === undefined && value !== undefined) throw new TypeError("range can't iterate over this type");
    if (items === undefined || items.length === 0) return this.nodes(node.otherwise, dot);
    for (const [index, item] of items.entries()) {
      // Also where nothing stands in it.
      this.#count();
      const depth = this.#variables.length;
      const values = variables.length === 2 ? [keys?.[index] ?? index, item] : [item];
      for (const [at, name] of variables.entries()) this.#set(name, values[at], declares);
      const ended = this.nodes(node.body, item);
      this.#variables.length = depth;
      if (ended === "break") break;
    }
    return "end";
  }

  #pipeline(pipeline: Pipeline, dot: TemplateValue): TemplateValue {
    let value: TemplateValue;
    for (const [index, command] of pipeline.commands.entries()) {
      value = this.#command(command, dot, index === 0 ? [] : [value]);
    }
    for (const name of pipeline.variables) this.#set(name, value, pipeline.declares);
    return value;
  }

  #command(command: Command, dot: TemplateValue, piped: readonly TemplateValue[]): TemplateValue {
    this.#count();
    const [first, ...operands] = command;
    if (first === undefined) return undefined;
    if (first.type !== "function") return this.#operand(first, dot);
    if (first.name === "and" || first.name === "or") return this.#shortCut(first.name, operands, dot, piped);
    const call = this.#options.functions.get(first.name);
    const value = call?.(...operands.map((operand) => this.#operand(operand, dot)), ...piped);
    if (typeof value === "string") return this.#made(value, value);
    return typeof value === "object" && "text" in value ? this.#made(value, value.text ?? "") : value;
  }

  #shortCut(
    name: "and" | "or",
    operands: readonly Operand[],
    dot: TemplateValue,
    piped: readonly TemplateValue[],
  ): TemplateValue {
    let value: TemplateValue;
    for (const operand of operands) {
      value = this.#operand(operand, dot);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  #operand(operand: Operand, dot: TemplateValue): TemplateValue {
    if (operand.type === "literal") return operand.value;
    if (operand.type === "function") return this.#options.functions.get(operand.name)?.();
    let value: TemplateValue;
    if (operand.of === "dot") value = dot;
    else if (typeof operand.of === "string") value = this.#variable(operand.of).value;
    else value = this.#pipeline(operand.of, dot);
    for (const name of operand.names) value = this.#isLenient && value === undefined ? undefined : field(value, name);
    return value;
  }

  #variable(name: string): { readonly name: string; value: TemplateValue } {
    const found = this.#variables.findLast((variable) => variable.name === name);
    if (found === undefined) throw new TypeError(`undefined variable: ${name}`);
    return found;
  }

  #set(name: string, value: TemplateValue, declares: boolean): void {
    if (declares) this.#variables.push({ name, value });
    else this.#variable(name).value = value;
  }
}

function checked(text: string, most: number): string {
  if (text.length <= most) return text;
  throw new RangeError(`it prints more than ${most} characters`);
}

function listOf(value: TemplateValue): readonly TemplateValue[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function field(value: TemplateValue, name: string): TemplateValue {
  if (value === undefined) throw new TypeError(`nil pointer evaluating field ${name}`);
  if (isMap(value) && !Object.hasOwn(value.fields, name)) return undefined;
  if (typeof value !== "object" || !("fields" in value) || !Object.hasOwn(value.fields, name)) {
    throw new TypeError(`can't evaluate field ${name}`);
  }
  return value.fields[name];
}
