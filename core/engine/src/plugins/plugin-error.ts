import type { ErrorCode } from "@vexil/plugin-api/errors";
import { VexilError } from "@vexil/plugin-api/errors";

/** The life of a plugin, in order. */
export type PluginStep = "resolve" | "load" | "check" | "validate" | "create" | "use" | "close";

/** The plugin that a failure is attributed to. */
export interface PluginIdentity {
  /** The plugin's name, or what the configuration calls it while its name is not known. */
  readonly plugin: string;
  /** Package name, or the specifier where there is none. */
  readonly package: string;
  /** The thing it serves, such as `storage main`; undefined before that is known. */
  readonly owner?: string;
}

const CODE: Readonly<Record<PluginStep, ErrorCode>> = {
  resolve: "VEXIL_PLUGIN_RESOLVE",
  load: "VEXIL_PLUGIN_LOAD",
  check: "VEXIL_PLUGIN_CHECK",
  validate: "VEXIL_PLUGIN_VALIDATE",
  create: "VEXIL_PLUGIN_CREATE",
  use: "VEXIL_PLUGIN_USE",
  close: "VEXIL_PLUGIN_CLOSE",
};

const ADVICE: Readonly<Record<PluginStep, string>> = {
  resolve: "check the name, and install the package beside the configuration file",
  load: "check that it is built and that its dependencies are installed",
  check: "its default export must be what one of the define functions returns, such as defineBackend",
  validate: "correct the configuration",
  create: "see the plugin's README",
  use: "it recovers by itself once the plugin answers correctly again",
  close: "what it had not yet stored may be lost",
};

/** Room for reason and advice, so that the whole line stays under 700 characters. */
const REASON_LENGTH = 360;
const NAME_LENGTH = 80;

/** One failure of a plugin as one line: plugin, package, step, reason, what to do. */
export function pluginError(
  step: PluginStep,
  identity: PluginIdentity,
  reason: string,
  options: { readonly advice?: string; readonly cause?: unknown; readonly code?: ErrorCode } = {},
): VexilError {
  const owner = identity.owner === undefined ? "" : `, ${oneLine(identity.owner, NAME_LENGTH)}`;
  const name = `plugin "${oneLine(identity.plugin, NAME_LENGTH)}" (${oneLine(identity.package, NAME_LENGTH)}${owner})`;
  const message = `${name}: ${step} failed: ${oneLine(reason, REASON_LENGTH)}; ${options.advice ?? ADVICE[step]}`;
  return new VexilError(options.code ?? CODE[step], message, {
    details: { step: "backend", plugin: identity.plugin, package: identity.package, pluginStep: step },
    cause: options.cause,
  });
}

/** Puts a thrown value into words: the message without the stack, and what caused it where the message does not say. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `threw ${describe(thrown)}`;
  const code = (thrown as { code?: unknown }).code;
  const message = thrown.message === "" ? thrown.name : thrown.message;
  const named = typeof code === "string" && !message.includes(code) ? `${message} (${code})` : message;
  const cause = thrown.cause instanceof Error && thrown.cause.message !== "" ? thrown.cause.message : undefined;
  return cause === undefined || named.includes(cause) ? named : `${named}: ${cause}`;
}

/** A short word for a value of the wrong shape. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return `an object (${value.constructor?.name ?? "no prototype"})`;
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 60))}`;
  return typeof value === "undefined" ? "nothing (undefined)" : `${typeof value} ${String(value).slice(0, 60)}`;
}

function oneLine(text: string, length: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a plugin's text may hold any, and this becomes one log line
  const flat = text.replace(/[\u0000-\u0020\u007f\u2028\u2029]+/g, " ").trim();
  return flat.length <= length ? flat : `${flat.slice(0, length - 1)}…`;
}
