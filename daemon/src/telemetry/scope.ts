import { version } from "../version.js";

/** Name and version under which everything is sent. */
export const SCOPE = { name: "vexil", version } as const;
