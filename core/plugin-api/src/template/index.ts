export * from "./check-template.js";
export * from "./go-template.js";
