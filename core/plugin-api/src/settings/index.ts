/** The vocabulary of the configuration: fields that read values in another type that says the same. */
export { type FieldInfo, fieldInfo } from "./field-info.js";
export type { SettingsLayout } from "./layout.js";
export * from "./lenient.js";
