export * from "./module.js";
export * from "./token.js";
