import type { Command } from "commander";

/** Adds one command to the program. Each lives in a file of this folder. */
export type RegisterCommand = (program: Command) => void;

/** By name, in the order of `vexil --help`. Each is loaded only when it is needed: a start pays for no other command. */
const COMMANDS: Readonly<Record<string, () => Promise<RegisterCommand>>> = {
  quickstart: async () => (await import("./quickstart.js")).registerQuickstart,
  init: async () => (await import("./init.js")).registerInit,
  serve: async () => (await import("./serve.js")).registerServe,
  edge: async () => (await import("./edge.js")).registerEdge,
  validate: async () => (await import("./validate.js")).registerValidate,
  test: async () => (await import("./test.js")).registerTest,
  doctor: async () => (await import("./doctor.js")).registerDoctor,
  status: async () => (await import("./status.js")).registerStatus,
  health: async () => (await import("./health.js")).registerHealth,
  flag: async () => (await import("./flag.js")).registerFlag,
  segment: async () => (await import("./segment.js")).registerSegment,
  namespace: async () => (await import("./namespace.js")).registerNamespace,
  evaluate: async () => (await import("./evaluate.js")).registerEvaluate,
  explain: async () => (await import("./explain.js")).registerExplain,
  "explain-error": async () => (await import("./explain-error.js")).registerExplainError,
  bisect: async () => (await import("./bisect.js")).registerBisect,
  diff: async () => (await import("./diff.js")).registerDiff,
  history: async () => (await import("./history.js")).registerHistory,
  events: async () => (await import("./events.js")).registerEvents,
  rollback: async () => (await import("./rollback.js")).registerRollback,
  sync: async () => (await import("./sync.js")).registerSync,
  stale: async () => (await import("./stale.js")).registerStale,
  refs: async () => (await import("./refs.js")).registerRefs,
  login: async () => (await import("./login.js")).registerLogin,
  logout: async () => (await import("./logout.js")).registerLogout,
  token: async () => (await import("./token.js")).registerToken,
  export: async () => (await import("./export.js")).registerExport,
  import: async () => (await import("./import.js")).registerImport,
  logs: async () => (await import("./logs.js")).registerLogs,
  audit: async () => (await import("./audit.js")).registerAudit,
  systemd: async () => (await import("./systemd.js")).registerSystemd,
  config: async () => (await import("./config.js")).registerConfig,
  schema: async () => (await import("./schema.js")).registerSchema,
  completion: async () => (await import("./completion.js")).registerCompletion,
  plugin: async () => (await import("./plugin.js")).registerPlugin,
};

/** The command that the arguments name; all of them where they name none, or one that is not there. */
export async function commandsFor(args: readonly string[]): Promise<readonly RegisterCommand[]> {
  const [first = "", second] = args;
  if (first === "--version" || first === "-V") return [];
  // The words that are completed name another command, as soon as there is more than one.
  const words = first === "completion" && second === "words" ? args.slice(args.indexOf("--") + 1) : undefined;
  const names = words === undefined ? [first] : words.length > 1 ? [first, words[0] ?? ""] : [];
  const isKnown = names.length > 0 && names.every((name) => Object.hasOwn(COMMANDS, name));
  const wanted = isKnown ? [...new Set(names)] : Object.keys(COMMANDS);
  const loads = wanted.flatMap((name) => COMMANDS[name] ?? []);
  return Promise.all(loads.map((load) => load()));
}
