import type { Config } from "@vexil/config/config";
import type { ParsedStore } from "@vexil/flags/compile/parsed-store";
import type { SnapshotBuilder } from "@vexil/flags/compile/snapshot-builder";
import type { Logger } from "@vexil/plugin-api";
import { token } from "./token.js";

// Tokens of what lower packages define; every other token stands beside the interface that it names.

/** The configuration that the process started with. */
export const ConfigToken = token<Config>("config");
export const LoggerToken = token<Logger>("logger");
/** Mark of this daemon in the commits it makes. */
export const InstanceToken = token<string>("instance");
/** Files that earlier processes have parsed. */
export const ParsedStoreToken = token<ParsedStore>("parsed-store");
export const SnapshotBuilderToken = token<SnapshotBuilder>("snapshot-builder");
