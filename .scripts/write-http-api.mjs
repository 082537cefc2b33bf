// Writes the manual's page of the HTTP API from the daemon's own description of it; with `--check` it compares.
import { openApiDocument } from "../daemon/dist/http/openapi.js";
import { describedRoutes } from "../daemon/dist/http/routes/index.js";
import { writePage } from "./generated-page.mjs";

/** With authentication, so that its routes are there. */
const config = {
  authentication: { required: true, exclude: {}, methods: [] },
  metrics: { enabled: true, requireAuthentication: false },
};
const { paths, components } = openApiDocument(describedRoutes(), config);

const HEAD = `# HTTP API

Every route with its parameters, its body and its answers. This page is written by \`npm run docs:http\` from what the daemon
answers at \`/openapi.json\`, which has every schema in full. [HTTP](http.md) tells what is common to all of them, and
[Routes and rights](../ROUTES.md) which right each one needs.

Errors have one form: \`{"code": …, "message": "…", "details": […]}\`, those of OFREP \`{"errorCode": "…", "errorDetails": "…"}\`.
`;

const families = new Map();
for (const [path, operations] of Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))) {
  for (const [method, operation] of Object.entries(operations)) {
    const family = operation.tags[0];
    families.set(family, [...(families.get(family) ?? []), operationText(method.toUpperCase(), path, operation)]);
  }
}
const sections = [...families].map(([family, texts]) => `## ${family}\n\n${texts.join("\n")}`);
writePage("daemon/docs/http-api.md", `${HEAD}\n${sections.join("\n").trimEnd()}\n`, "npm run docs:http");

function operationText(method, path, { summary = "", parameters, requestBody, responses }) {
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  const rows = [
    ...parameters.map(({ name, in: place, required, schema, description = "" }) =>
      row([`\`${name}\``, place, typeOf(schema), required === true ? "yes" : "", description]),
    ),
    ...fieldsOf(body).map(([name, schema, required]) =>
      row([`\`${name}\``, "body", typeOf(schema), required ? "yes" : "", schema.description ?? ""]),
    ),
  ];
  const head = rows.length === 0 ? [] : ["| name | in | type | needed | |", "|---|---|---|---|---|"];
  const good = Object.entries(responses).filter(([status]) => /^[123]/.test(status));
  const bad = Object.keys(responses).filter((status) => !/^[123]/.test(status));
  const answers = good.map(([status, { description = "", content }]) => {
    const schema = Object.values(content ?? {})[0]?.schema;
    const names = fieldsOf(schema).map(([name]) => `\`${name}\``);
    return `- ${status}: ${description.replaceAll("\n", " ")}${names.length === 0 ? "" : ` (${names.join(", ")})`}`;
  });
  const errors = bad.length === 0 ? [] : [`- Errors: ${bad.join(", ")}`];
  return `${[`### ${method} ${path}`, "", ...(summary === "" ? [] : [summary, ""]), ...head, ...rows, "", ...answers, ...errors].join("\n").replaceAll(/\n{3,}/g, "\n\n")}\n`;
}

function row(cells) {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}

/** Members of an object, or of each form that a body may have. */
function fieldsOf(schema) {
  const found = resolved(schema);
  const forms = found.anyOf ?? found.oneOf ?? found.allOf ?? [found];
  const members = new Map();
  for (const form of forms.map(resolved)) {
    for (const [name, member] of Object.entries(form.properties ?? {})) {
      if (!members.has(name)) members.set(name, [name, member, form.required?.includes(name) === true]);
    }
  }
  return [...members.values()];
}

function typeOf(schema) {
  const { type, enum: words, const: one, items, anyOf, oneOf } = resolved(schema);
  if (one !== undefined) return `\`${JSON.stringify(one)}\``;
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(", ");
  if (type === "array") return `list of ${typeOf(items)}`;
  if (anyOf ?? oneOf) return [...new Set((anyOf ?? oneOf).map(typeOf))].join(" or ");
  return Array.isArray(type) ? type.join(" or ") : (type ?? "any");
}

function resolved(schema = {}) {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (components.schemas[name] ?? {});
}
