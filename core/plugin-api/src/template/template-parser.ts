import type { FUNCTIONS } from "./template-functions.js";
import { lexTemplate, type TemplatePiece, type Token } from "./template-lexer.js";
import {
  type Command,
  type Operand,
  type Pipeline,
  type TemplateNode,
  TemplateSyntaxError,
} from "./template-syntax.js";

/**
 * @param functions that there are
 * @throws TemplateSyntaxError
 */
export function parseTemplateText(template: string, functions: typeof FUNCTIONS): readonly TemplateNode[] {
  return new TemplateParser(lexTemplate(template), functions).parse();
}

/** Both reading and rendering recurse. */
const MOST_LEVELS = 64;

type BlockType = "if" | "with" | "range";

class TemplateParser {
  readonly #pieces: readonly TemplatePiece[];
  #next = 0;
  #line = 1;
  #tokens: readonly Token[] = [];
  #token = 0;
  /** Variables in scope, innermost last. */
  readonly #variables: string[] = ["$"];
  #loops = 0;
  #depth = 0;

  readonly #functions: typeof FUNCTIONS;

  constructor(pieces: readonly TemplatePiece[], functions: typeof FUNCTIONS) {
    this.#pieces = pieces;
    this.#functions = functions;
  }

  parse(): readonly TemplateNode[] {
    const { nodes, end } = this.#list();
    if (end !== undefined) throw this.#error(`unexpected {{${end}}}`);
    return nodes;
  }

  /** Nodes up to `end` or `else`, which is returned with its tokens at hand. */
  #list(): { readonly nodes: readonly TemplateNode[]; readonly end: "end" | "else" | undefined } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      const piece = this.#pieces[this.#next++];
      if (piece === undefined) return { nodes, end: undefined };
      if (piece.type === "text") {
        nodes.push({ type: "text", text: piece.text });
        continue;
      }
      this.#line = piece.line;
      this.#tokens = piece.tokens;
      this.#token = 0;
      const first = this.#peek();
      const keyword = first?.type === "word" ? first.text : undefined;
      if (keyword === "end" || keyword === "else") {
        this.#token++;
        return { nodes, end: keyword };
      }
      if (keyword === "if" || keyword === "with" || keyword === "range") {
        this.#token++;
        nodes.push(this.#block(keyword));
      } else if (keyword === "break" || keyword === "continue") {
        this.#token++;
        if (this.#loops === 0) throw this.#error(`{{${keyword}}} outside {{range}}`);
        this.#expectEnd();
        nodes.push({ type: keyword });
      } else {
        const pipeline = this.#pipeline(false);
        this.#expectEnd();
        nodes.push({ type: "print", pipeline });
      }
    }
  }

  #block(type: BlockType): TemplateNode {
    return this.#deeper(() => this.#blockOf(type));
  }

  /** Reads what is nested one level further down. */
  #deeper<T>(read: () => T): T {
    if (this.#depth === MOST_LEVELS) throw this.#error(`nested deeper than ${MOST_LEVELS} levels`);
    this.#depth += 1;
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #blockOf(type: BlockType): TemplateNode {
    const scope = this.#variables.length;
    const pipeline = this.#pipeline(type === "range");
    this.#expectEnd();
    if (type === "range") this.#loops++;
    const { nodes: body, end } = this.#list();
    if (type === "range") this.#loops--;
    if (end === undefined) throw this.#error("unexpected EOF");
    let otherwise: readonly TemplateNode[] = [];
    if (end === "end") this.#expectEnd();
    else otherwise = this.#otherwise(type);
    this.#variables.length = scope;
    return { type, pipeline, body, otherwise };
  }

  #otherwise(type: BlockType): readonly TemplateNode[] {
    const next = this.#peek();
    if (next?.type === "word" && next.text === type && type !== "range") {
      this.#token++;
      return [this.#block(type)];
    }
    this.#expectEnd();
    const { nodes, end } = this.#list();
    if (end === undefined) throw this.#error("unexpected EOF");
    if (end === "else") throw this.#error("expected end; found {{else}}");
    this.#expectEnd();
    return nodes;
  }

  #pipeline(ranged: boolean): Pipeline {
    const { variables, declares } = this.#variablesBefore(ranged);
    const commands: Command[] = [];
    do {
      commands.push(this.#command(commands.length > 0));
    } while (this.#take("|"));
    if (declares) this.#variables.push(...variables);
    return { variables, declares, commands };
  }

  /** `$x :=`, `$x =`, and for a range `$i, $x :=`. */
  #variablesBefore(ranged: boolean): { readonly variables: readonly string[]; readonly declares: boolean } {
    const start = this.#token;
    const variables: string[] = [];
    for (;;) {
      const token = this.#peek();
      if (token?.type !== "variable") break;
      variables.push(token.text);
      this.#token++;
      if (!this.#take(",")) break;
    }
    const declares = variables.length > 0 && this.#take(":=");
    if (!declares && (variables.length === 0 || !this.#take("="))) {
      this.#token = start;
      return { variables: [], declares: false };
    }
    if (variables.length > (ranged ? 2 : 1)) throw this.#error("too many declarations");
    if (!declares) for (const name of variables) this.#known(name);
    return { variables, declares };
  }

  #command(piped: boolean): Command {
    const operands: Operand[] = [];
    for (;;) {
      const operand = this.#operand();
      if (operand === undefined) break;
      operands.push(operand);
    }
    const first = operands[0];
    if (first === undefined) throw this.#error("missing value for command");
    if (first.type !== "function" && operands.length > 1) throw this.#error("can't give argument to non-function");
    if (piped && first.type !== "function") throw this.#error("non executable command in pipeline");
    return operands;
  }

  #operand(): Operand | undefined {
    const token = this.#peek();
    if (token === undefined) return undefined;
    switch (token.type) {
      case "string":
        this.#token++;
        return { type: "literal", value: token.text };
      case "number":
        this.#token++;
        return { type: "literal", value: Number(token.text.replaceAll("_", "")) };
      case "dot":
        this.#token++;
        return { type: "fields", of: "dot", names: [] };
      case "field":
        return { type: "fields", of: "dot", names: this.#fields(true) };
      case "variable":
        this.#token++;
        this.#known(token.text);
        return { type: "fields", of: token.text, names: this.#fields(false) };
      case "word":
        this.#token++;
        return this.#word(token.text);
      case "symbol":
        return token.text === "(" ? this.#parenthesised() : undefined;
    }
  }

  #word(text: string): Operand {
    if (text === "true" || text === "false") return { type: "literal", value: text === "true" };
    if (text === "nil") return { type: "literal", value: undefined };
    if (!this.#functions.has(text)) throw this.#error(`function ${JSON.stringify(text)} not defined`);
    return { type: "function", name: text };
  }

  #parenthesised(): Operand {
    this.#token++;
    const of = this.#deeper(() => this.#pipeline(false));
    if (!this.#take(")")) throw this.#error("unclosed left paren");
    return { type: "fields", of, names: this.#fields(false) };
  }

  /** `.A.B`: fields that follow each other without white space; the first may have some before it if it `begins`. */
  #fields(begins: boolean): readonly string[] {
    const names: string[] = [];
    for (let token = this.#peek(); token?.type === "field"; token = this.#peek()) {
      if (token.spaced && !(begins && names.length === 0)) break;
      names.push(token.text);
      this.#token++;
    }
    return names;
  }

  #known(name: string): void {
    if (!this.#variables.includes(name)) throw this.#error(`undefined variable ${JSON.stringify(name)}`);
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#token];
  }

  #take(symbol: string): boolean {
    const token = this.#peek();
    if (token?.type !== "symbol" || token.text !== symbol) return false;
    this.#token++;
    return true;
  }

  #expectEnd(): void {
    const token = this.#peek();
    if (token !== undefined) throw this.#error(`unexpected ${JSON.stringify(token.text)} in action`);
  }

  #error(reason: string): TemplateSyntaxError {
    return new TemplateSyntaxError(this.#line, reason);
  }
}
