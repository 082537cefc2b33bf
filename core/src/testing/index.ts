export * from "./auth-conformance.js";
export * from "./backend-conformance.js";
export type { ConformanceCase } from "./conformance-case.js";
export * from "./git-samples.js";
export * from "./recording-logger.js";
