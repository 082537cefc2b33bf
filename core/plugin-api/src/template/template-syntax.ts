/** Parsed Go `text/template`: the subset that commit messages need. */
export type TemplateNode =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "print"; readonly pipeline: Pipeline }
  | {
      readonly type: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | { readonly type: "break" | "continue" };

/** `$a, $b := command | command` */
export interface Pipeline {
  readonly variables: readonly string[];
  /** `:=` declares, `=` assigns. */
  readonly declares: boolean;
  readonly commands: readonly Command[];
}

/** Operands side by side: a value, or a function and its arguments. */
export type Command = readonly Operand[];

export type Operand =
  | { readonly type: "literal"; readonly value: string | number | boolean | undefined }
  | { readonly type: "function"; readonly name: string }
  /** `.A.B` of the dot, `$x.A.B` of a variable, `(pipeline).A.B` of a value. */
  | { readonly type: "fields"; readonly of: "dot" | string | Pipeline; readonly names: readonly string[] };

/** Why a template does not parse. */
export class TemplateSyntaxError extends Error {
  override readonly name = "TemplateSyntaxError";

  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
  }
}
