import { FUNCTIONS, isTrue, type TemplateObject, type TemplateValue, toText } from "./template-functions.js";
import { parseTemplateText } from "./template-parser.js";
import {
  type Command,
  type Operand,
  type Pipeline,
  type TemplateNode,
  TemplateSyntaxError,
} from "./template-syntax.js";

export type { TemplateObject, TemplateValue };

/** A template may come from a repository: what it says, costs and prints has bounds. */
const MOST_SOURCE = 16_384;
const MOST_STEPS = 100_000;
const MOST_TEXT = 65_536;

/** A parsed template. */
export interface Template {
  /** @throws TypeError, RangeError whose message says what the template does wrong */
  render(data: TemplateObject): string;
}

/**
 * Parses a Go `text/template`, of the subset that commit messages need.
 * @throws TemplateSyntaxError
 */
export function parseTemplate(text: string): Template {
  if (text.length > MOST_SOURCE) throw new TemplateSyntaxError(1, `longer than ${MOST_SOURCE} characters`);
  const nodes = parseTemplateText(text);
  return {
    render: (data) => {
      const run = new TemplateRun(data);
      run.nodes(nodes, data);
      return run.output;
    },
  };
}

/** How a list of nodes ended. */
type Ended = "end" | "break" | "continue";

class TemplateRun {
  output = "";
  #steps = 0;
  readonly #variables: { readonly name: string; value: TemplateValue }[];

  constructor(data: TemplateObject) {
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
        if (node.pipeline.variables.length === 0) this.#print(toText(value));
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
    this.output += checked(text);
    checked(this.output);
  }

  #count(): void {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) throw new RangeError(`it takes more than ${MOST_STEPS} steps`);
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
    const items = Array.isArray(value) ? (value as readonly TemplateValue[]) : undefined;
    if (items === undefined && value !== undefined) throw new TypeError("range can't iterate over this type");
    if (items === undefined || items.length === 0) return this.nodes(node.otherwise, dot);
    for (const [index, item] of items.entries()) {
      const depth = this.#variables.length;
      const values = variables.length === 2 ? [index, item] : [item];
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
    const call = FUNCTIONS.get(first.name);
    const value = call?.(...operands.map((operand) => this.#operand(operand, dot)), ...piped);
    return typeof value === "string" ? checked(value) : value;
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
    if (operand.type === "function") return FUNCTIONS.get(operand.name)?.();
    let value: TemplateValue;
    if (operand.of === "dot") value = dot;
    else if (typeof operand.of === "string") value = this.#variable(operand.of).value;
    else value = this.#pipeline(operand.of, dot);
    for (const name of operand.names) value = field(value, name);
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

function checked(text: string): string {
  if (text.length <= MOST_TEXT) return text;
  throw new RangeError(`it prints more than ${MOST_TEXT} characters`);
}

function field(value: TemplateValue, name: string): TemplateValue {
  if (value === undefined) throw new TypeError(`nil pointer evaluating field ${name}`);
  if (typeof value !== "object" || !("fields" in value) || !Object.hasOwn(value.fields, name)) {
    throw new TypeError(`can't evaluate field ${name}`);
  }
  return value.fields[name];
}
