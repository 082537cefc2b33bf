export * from "./auth-conformance.js";
export * from "./authentication-conformance.js";
export * from "./authorization-conformance.js";
export * from "./backend-conformance.js";
export type { ConformanceCase } from "./conformance-case.js";
export * from "./git-samples.js";
export { openingFault } from "./opening-fault.js";
export * from "./recording-logger.js";
