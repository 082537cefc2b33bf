// Writes the types of the console's client from the daemon's own description of its API: of the routes that the console
// uses, so that others may change without it. With `--check` it compares instead, and fails where they differ.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { openApiDocument } from "../daemon/dist/http/openapi.js";
import { describedRoutes } from "../daemon/dist/http/routes/index.js";

/** Every route that the console asks; one that it begins to use is added here. */
const USED = [
  "/api/status",
  "/api/storages/{storage}/sync",
  "/api/v2/environments",
  "/api/v2/environments/{environment}/branches",
  "/api/v2/environments/{environment}/branches/{key}",
  "/api/v2/environments/{environment}/compare",
  "/api/v2/environments/{environment}/history",
  "/api/v2/environments/{environment}/namespaces",
  "/api/v2/environments/{environment}/namespaces/{key}",
  "/api/v2/environments/{environment}/namespaces/{namespace}/history",
  "/api/v2/environments/{environment}/namespaces/{namespace}/last-changes",
  "/api/v2/environments/{environment}/namespaces/{namespace}/resources",
  "/api/v2/environments/{environment}/namespaces/{namespace}/resources/{type}",
  "/api/v2/environments/{environment}/namespaces/{namespace}/resources/{type}/{key}",
  "/api/v2/environments/{environment}/namespaces/{namespace}/resources/{type}/{key}/history",
  "/api/v2/environments/{environment}/namespaces/{namespace}/resources/{type}/{key}/rollback",
  "/api/v2/environments/{environment}/namespaces/{namespace}/rights",
  "/api/v2/environments/{environment}/namespaces/{namespace}/rollback",
  "/api/v2/environments/{environment}/namespaces/{namespace}/usage",
  "/api/v2/environments/{environment}/rollback",
  "/auth/v1/method",
  "/auth/v1/self",
  "/auth/v1/self/revoke",
  "/evaluate/v1/batch",
  "/evaluate/v1/explain",
  "/meta/info",
];

const target = new URL("../daemon/console/src/api/schema.ts", import.meta.url);
const { default: openapi, astToString } = createRequire(new URL("../daemon/console/package.json", import.meta.url))(
  "openapi-typescript",
);

/** With authentication, so that its routes are there. */
const config = {
  authentication: { required: true, exclude: {}, methods: [] },
  metrics: { enabled: true, requireAuthentication: false },
};
const document = openApiDocument(describedRoutes(), config);
const missing = USED.filter((path) => document.paths[path] === undefined);
if (missing.length > 0) throw new Error(`no such route, though the console uses it: ${missing.join(", ")}`);
const paths = Object.fromEntries(USED.map((path) => [path, withoutErrors(document.paths[path])]));
const nodes = await openapi({ ...document, paths }, { alphabetize: true });
const text = `// Written by \`npm run api:console\` from the daemon's description of its API.\n\n${astToString(nodes)}`;

/** Errors have one form everywhere. */
function withoutErrors(operations) {
  return Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => {
      const good = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
      return [method, { ...operation, responses: Object.fromEntries(good) }];
    }),
  );
}

if (!process.argv.includes("--check")) writeFileSync(target, text);
else if (readFileSync(target, "utf8") !== text) {
  process.stderr.write("daemon/console/src/api/schema.ts is not what the routes say: run `npm run api:console`\n");
  process.exit(1);
}
