/** A question to flags, as the address has it. */
export interface Question {
  /** Key of a flag; none with `all`. */
  readonly flag?: string;
  /** Every flag of the namespace. */
  readonly all?: true;
  readonly entity?: string;
  /** Context as the text of a JSON object. */
  readonly context?: string;
  /** Revision or time of the state that is asked; none: what is served. */
  readonly at?: string;
}

const TEXTS = ["flag", "entity", "context", "at"] as const;

/** Reads an address, whoever wrote it: numbers and objects in it count as their text. */
export function readQuestion(search: Record<string, unknown>): Question {
  const texts = TEXTS.flatMap((name) => {
    const value = search[name];
    if (value === undefined || value === "" || value === null) return [];
    return [[name, typeof value === "string" ? value : JSON.stringify(value)] as const];
  });
  const { flag, ...rest } = Object.fromEntries(texts) as Question;
  if (search.all === true) return { ...rest, all: true };
  return flag === undefined ? rest : { ...rest, flag };
}

/** True when there is something to ask. */
export const isAsked = ({ flag, all }: Question): boolean => all === true || flag !== undefined;
