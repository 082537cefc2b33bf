export * from "./check-template.js";
export * from "./go-template.js";
export * from "./json-data.js";
export { toText } from "./template-functions.js";
