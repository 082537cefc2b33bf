import { createRequire } from "node:module";

// As seen from this package, wherever its code may have been bundled to.
const require = createRequire(createRequire(import.meta.url).resolve("@vexil/flags/package.json"));

const library = require("js-yaml") as typeof import("js-yaml");

/**
 * js-yaml's CommonJS build. Its ES module makes the parser's state by spreading objects, whose fields V8 then finds
 * slowly: the same files take it more than twice as long.
 */
export const {
  CHOMPING_MODE,
  COLLECTION_STYLE,
  EVENT_ID,
  SCALAR_STYLE,
  Schema,
  YAMLException,
  boolCoreTag,
  constructFromEvents,
  defineMappingTag,
  defineScalarTag,
  getScalarValue,
  mapTag,
  mergeTag,
  nullCoreTag,
  parseEvents,
  seqTag,
  strTag,
} = library;

/** Answer of a tag to text that is not its own. */
export const NOT_RESOLVED: typeof library.NOT_RESOLVED = library.NOT_RESOLVED;
