import type { Command } from "commander";

/** Adds one command to the program. Each lives in a file of this folder. */
export type RegisterCommand = (program: Command) => void;

export const commands: readonly RegisterCommand[] = [];
