export * from "./codes.js";
export * from "./to-vexil-error.js";
export * from "./vexil-error.js";
