import { z } from "zod";
import { SCHEMA_NAMES, schemaText } from "../../schemas.js";
import { notFoundError } from "../error-response.js";
import { param, type Route } from "../route.js";

const FILES = SCHEMA_NAMES.map((name) => `${name}.json`);

/** JSON Schemas for editors, which have no credential: `/schemas/features.json`. */
export const schemaRoute: Route = {
  method: "GET",
  path: "/schemas/{file}",
  summary: "The JSON Schema of features files, of tests files or of the configuration, for editors.",
  access: "open",
  action: "none",
  pathSchemas: { file: z.enum(FILES) },
  errors: [404],
  answers: {
    200: {
      description: "A JSON Schema (2020-12).",
      contents: [{ type: "application/schema+json", schema: z.looseObject({ $schema: z.string() }) }],
    },
  },
  handle: (request) => {
    const name = SCHEMA_NAMES.find((one) => `${one}.json` === param(request, "file"));
    if (name === undefined) throw notFoundError();
    return { status: 200, text: schemaText(name), contentType: "application/schema+json" };
  },
};
