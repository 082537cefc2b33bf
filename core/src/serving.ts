/** What a process needs that only answers reads: nothing of git, files or configuration comes along. */
export * from "./errors/vexil-error.js";
export * from "./evaluation/boolean.js";
export * from "./evaluation/variant.js";
export { logEvent } from "./log/catalogue.js";
