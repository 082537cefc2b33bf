// Writes the JSON Schemas that packages bring, from what `vexil schema` prints; with `--check` it compares.
import { SCHEMA_NAMES, schemaText } from "../daemon/dist/schemas.js";
import { writePage } from "./generated-page.mjs";

for (const name of SCHEMA_NAMES) writePage(`daemon/schemas/${name}.json`, schemaText(name), "npm run docs:schemas");
