import {
  boolCoreTag,
  defineMappingTag,
  defineScalarTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  Schema,
  seqTag,
  strTag,
} from "./js-yaml.js";
import { NON_TEXT_KEYS } from "./source-document.js";
import { NUMBER_FIRST_CHARACTERS, yamlFloat, yamlInteger } from "./yaml-scalars.js";

const intTag = defineScalarTag<number | bigint>("tag:yaml.org,2002:int", {
  implicit: true,
  implicitFirstChars: NUMBER_FIRST_CHARACTERS,
  resolve: (source) => yamlInteger(source) ?? NOT_RESOLVED,
  identify: () => false,
});

const floatTag = defineScalarTag<number>("tag:yaml.org,2002:float", {
  implicit: true,
  implicitFirstChars: NUMBER_FIRST_CHARACTERS,
  resolve: (source) => yamlFloat(source) ?? NOT_RESOLVED,
  identify: () => false,
});

const textKeysTag = defineMappingTag<Record<string, unknown>>("tag:yaml.org,2002:map", {
  ...mapTag,
  addPair: (container, key, value) => {
    if (typeof key !== "string") NON_TEXT_KEYS.add(container);
    return mapTag.addPair(container, key, value);
  },
});

/** js-yaml's tags for features files: the core schema's texts, booleans and nulls, our numbers, merge keys; no dates. */
export const FEATURES_SCHEMA: InstanceType<typeof Schema> = new Schema([
  strTag,
  nullCoreTag,
  boolCoreTag,
  intTag,
  floatTag,
  mergeTag,
  seqTag,
  textKeysTag,
]);
