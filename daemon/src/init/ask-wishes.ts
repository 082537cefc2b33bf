import { createInterface } from "node:readline/promises";
import { RefusedError } from "../client/client-errors.js";
import type { InitWishes } from "./init.js";
import { INIT_BACKENDS, type InitBackend } from "./init-config.js";

/** Options of the command; of others the user is asked. */
export interface InitOptions {
  readonly remote?: string;
  readonly backend?: InitBackend;
  readonly workflow?: boolean;
  readonly hook?: boolean;
  readonly yes?: true;
}

/**
 * Completes what was asked for: by questions on a terminal, else by what is usual.
 * @throws RefusedError where there is no such backend, or the questions are broken off (Ctrl-C, Ctrl-D)
 */
export async function askWishes(options: InitOptions): Promise<InitWishes> {
  const { remote, backend, workflow = true, hook = true } = options;
  const isAsked = options.yes !== true && process.stdin.isTTY === true && process.stderr.isTTY === true;
  if (!isAsked) return { remote, backend, workflow, hook };
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // A question that is under way then would never be answered.
  const brokenOff = new Promise<never>((_, reject) => terminal.once("close", () => reject(noAnswer())));
  brokenOff.catch(() => undefined);
  const ask = async (question: string): Promise<string> =>
    (await Promise.race([terminal.question(question), brokenOff])).trim();
  const agrees = async (question: string): Promise<boolean> => !/^n(o)?$/i.test(await ask(`${question} [Y/n] `));
  try {
    const place = remote ?? ((await ask("The remote of the flags (none: this folder is served): ")) || undefined);
    const keeper =
      place === undefined || backend !== undefined
        ? backend
        : known((await ask(`Where the daemon keeps them: ${INIT_BACKENDS.join(", ")} [memory] `)) || "memory");
    return {
      remote: place,
      backend: keeper,
      workflow: options.workflow ?? (await agrees("A workflow of GitHub that checks pull requests?")),
      hook: options.hook ?? (await agrees("A hook of git that checks commits?")),
    };
  } finally {
    terminal.close();
  }
}

function noAnswer(): RefusedError {
  // The question has no end of line.
  process.stderr.write("\n");
  return new RefusedError("the questions were broken off; nothing was made: answer them, or give --yes and options");
}

function known(text: string): InitBackend {
  const backend = INIT_BACKENDS.find((one) => one === text);
  if (backend !== undefined) return backend;
  throw new RefusedError(`there is no backend ${text}; nothing was made: choose one of ${INIT_BACKENDS.join(", ")}`);
}
