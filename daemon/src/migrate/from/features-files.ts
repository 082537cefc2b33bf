import type { Converter } from "./import-source.js";
import { fromVersionOne } from "./version-one.js";

/** Features files as `vexil export` writes them: documents of YAML, or a list of them as JSON. */
export const fromFeaturesFiles: Converter = (documents, settings) =>
  fromVersionOne(
    documents.flatMap((document) => (document.isList ? document.items() : [document])),
    settings,
  );
