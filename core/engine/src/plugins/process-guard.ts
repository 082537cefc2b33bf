import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { currentScope, type PluginFault, type PluginScope } from "./plugin-context.js";

interface Remembered {
  readonly scope: PluginScope;
  readonly isUsed: () => boolean;
}

/**
 * Scopes by directory, the newest last, for faults whose asynchronous context is lost: the stack still shows whose code
 * it was. A reload loads a plugin again, and those who had it before may go on with it.
 */
const byDirectory = new Map<string, readonly Remembered[]>();
/** Errors that a refused exit throws into the plugin; where nobody catches one, it has been attributed already. */
const refusals = new WeakSet<object>();
let installed = 0;
let restore: () => void = () => {};

/**
 * Lets faults in code below the scope's directory be attributed to it.
 * @param isUsed whether there is anything whose fault it may be; where nobody has any, the newest scope is told
 * @returns how to forget it
 */
export function rememberScope(scope: PluginScope, isUsed: () => boolean = () => true): () => void {
  if (scope.directory === undefined) return () => {};
  // Stacks show modules as URLs, and CommonJS files as paths.
  const forms = [scope.directory, pathToFileURL(scope.directory).href];
  const own: Remembered = { scope, isUsed };
  for (const form of forms) byDirectory.set(form, [...(byDirectory.get(form) ?? []), own]);
  return () => {
    for (const form of forms) {
      const left = (byDirectory.get(form) ?? []).filter((other) => other !== own);
      if (left.length === 0) byDirectory.delete(form);
      else byDirectory.set(form, left);
    }
  };
}

/**
 * Keeps the process alive when a plugin's code exits, leaks a rejection or throws where nobody catches: the fault goes
 * to the plugin's scope. Anybody else's faults end the process as they would without this.
 * @returns how to undo it; installing twice counts
 */
export function guardProcess(): () => void {
  if (installed === 0) restore = install();
  installed += 1;
  let undone = false;
  return () => {
    if (undone) return;
    undone = true;
    installed -= 1;
    if (installed === 0) restore();
  };
}

/** Hands a fault to the plugin whose code it came from. False: it is nobody's. */
export function attributeFault(type: PluginFault["type"], error: unknown, what: string): boolean {
  if (typeof error === "object" && error !== null && type !== "exit" && refusals.has(error)) return true;
  const current = currentScope();
  const scopes = current === undefined ? scopesOfStack(error) : [current];
  const said = error instanceof Error ? error.message : String(error);
  const reason = type === "exit" ? what : `${what}: ${said}`;
  for (const scope of scopes) scope.escaped({ step: scope.step, type, error, reason });
  return scopes.length > 0;
}

function install(): () => void {
  const { exit } = process;
  const onException = (error: unknown): void => {
    if (attributeFault("exception", error, "threw where nobody catches")) return;
    if (process.listenerCount("uncaughtException") > 1) return;
    // As Node does by itself when nobody listens.
    process.stderr.write(`${inspect(error)}\n`);
    exit.call(process, 1);
  };
  const onRejection = (reason: unknown): void => {
    if (attributeFault("rejection", reason, "leaked a rejected promise")) return;
    if (process.listenerCount("unhandledRejection") > 1) return;
    throw reason;
  };
  process.on("uncaughtException", onException);
  process.on("unhandledRejection", onRejection);
  process.exit = ((code?: number | string | null): never => {
    const called = new Error(`process.exit(${code ?? ""}) was refused: a plugin does not end the daemon`);
    refusals.add(called);
    if (attributeFault("exit", called, `called process.exit(${code ?? ""})`)) throw called;
    return exit.call(process, code) as never;
  }) as typeof process.exit;
  return () => {
    process.off("uncaughtException", onException);
    process.off("unhandledRejection", onRejection);
    process.exit = exit;
  };
}

function scopesOfStack(error: unknown): readonly PluginScope[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const line of stack.split("\n")) {
    for (const [directory, remembered] of byDirectory) {
      const at = line.indexOf(directory);
      // A project that is a plugin may hold Vexil itself in its node_modules.
      if (at === -1 || line.slice(at + directory.length).includes("node_modules")) continue;
      const used = remembered.filter(({ isUsed }) => isUsed());
      return (used.length > 0 ? used : remembered.slice(-1)).map(({ scope }) => scope);
    }
  }
  return [];
}
