// Writes the manual's page of all configuration keys from the schemas that decode them; with `--check` it compares.
import { LAYOUTS } from "../core/config/dist/bundled-layouts.js";
import { fieldOf } from "../core/config/dist/fields/field.js";
import { inputSchema } from "../core/config/dist/input-schema.js";
import { root } from "../core/config/dist/sections/root.js";
import { EXAMPLES } from "./configuration-examples.mjs";
import { writePage } from "./generated-page.mjs";

/** Keys whose changes take effect after a restart, as `afterRestart` in daemon/src/run.ts says; all others are reloaded. */
const AFTER_RESTART = [
  /^server\./,
  /^log\./,
  /^cache\./,
  /^analytics\.(?:enabled|path)$/,
  /^tracing\./,
  /^metrics\.exporter$/,
];
const RELOADED = [/^server\.(?:limits\.|trusted_proxies|allowed_hosts|base_path|write_queue)/, /^log\.level$/];

const HEAD = `# Configuration keys

Every key with its type, its default, an example and whether SIGHUP takes a change over. This page is written by
\`npm run docs:configuration\` from the schemas that decode the file. [Configuration](configuration.md) says where the file
lies and how values get into it.

\`<id>\` is a name that you choose. "yes" under reload: \`kill -HUP\` or \`systemctl reload vexil\` is enough; "no": the daemon
says that a restart is needed. A value may be \`\${env:NAME}\`, a text also \`\${secret:file:NAME}\` or \`\${credential:NAME}\`.
`;

/** Sections that hold plugins' settings, of which kind, and where they stand. */
const PLUGIN_SECTIONS = {
  storage: ["backend", ["storage", "<id>", "backend"]],
  sinks: ["sink", ["sinks", "<id>"]],
};

const out = [HEAD];
const ignored = [];
/** Keys of EXAMPLES that a row has shown. */
const shownExamples = new Set();
/** Keys whose row would have an empty cell. */
const withoutExample = [];
const schema = inputSchema(root);
for (const [name, child] of fieldOf(root).children) {
  const described = schema.properties[name];
  const rows = keysOf(child, described, [name]);
  if (rows.length === 0) continue;
  out.push(`## ${name}\n`, `${(described.description ?? "").trim()}\n`, table(rows));
  const [kind, at] = PLUGIN_SECTIONS[name] ?? [];
  for (const [type, layout] of kind === undefined ? [] : LAYOUTS[kind]) {
    if (layout.compatible === true) continue;
    const own = keysOf(fieldOf(layout.schema), inputSchema(layout.schema), at);
    if (own.length > 0) out.push(`### ${at.join(".")} of type ${type}\n`, table(own));
  }
}
out.push("## Accepted and ignored\n", "Keys of the compatible system that have no effect here.\n");
out.push("| key | why |", "|---|---|", ...ignored.map(([key, why]) => `| \`${key}\` | ${why} |`), "");
refuseGaps();
writePage(
  "daemon/docs/configuration-keys.md",
  `${out
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trimEnd()}\n`,
  "npm run docs:configuration",
);

function keysOf(field, described, path) {
  if (field.kind === "object") {
    const all = described.properties ?? {};
    return [...field.children].flatMap(([key, child]) => keysOf(child, all[key] ?? {}, [...path, key]));
  }
  if (field.kind === "map") {
    const value = described.additionalProperties;
    return keysOf(field.value, typeof value === "object" ? value : {}, [...path, "<id>"]);
  }
  const key = path.join(".");
  if (field.info.later !== undefined) {
    ignored.push([key, field.info.later]);
    return [];
  }
  return [{ key, field, description: described.description ?? "" }];
}

function table(rows) {
  const lines = rows.map(({ key, field, description }) => {
    const type = (field.info.accepts ?? "map")
      .replace(/^one of /, "")
      .replace(/^an? (duration|size|list of texts|whole number).*?( from .*)?$/, "$1$2");
    const secret = field.info.secret === true ? ", never shown" : "";
    const cells = [
      `\`${key}\``,
      `${type}${secret}`,
      shownDefault(field.default),
      example(key, field),
      reload(key),
      description,
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  });
  return `${["| key | type | default | example | reload | |", "|---|---|---|---|---|---|", ...lines].join("\n")}\n`;
}

function shownDefault(value) {
  return value === undefined || value === "" ? "" : `\`${JSON.stringify(value).replace(/^"(.*)"$/, "$1")}\``;
}

function example(key, field) {
  const name = [key, key.split(".").at(-1)].find((one) => Object.hasOwn(EXAMPLES, one));
  if (name !== undefined) shownExamples.add(name);
  const found = name === undefined ? plain(field) : EXAMPLES[name];
  if (found === undefined) withoutExample.push(key);
  return `\`${found}\``;
}

/** A key that nobody gave an example, and an example that no key has any more, end the writing. */
function refuseGaps() {
  const unused = Object.keys(EXAMPLES).filter((name) => !shownExamples.has(name));
  const wrong = [
    ...withoutExample.map((key) => `${key} has no example`),
    ...unused.map((name) => `no key shows the example ${name}`),
  ];
  if (wrong.length === 0) return;
  process.stderr.write(`.scripts/configuration-examples.mjs: ${wrong.join("; ")}\n`);
  process.exit(1);
}

function plain({ default: preset, info }) {
  if (info.accepts === "true or false") return String(preset !== true);
  if (info.secret === true) return "${env:SECRET}";
  if (preset === undefined || preset === "" || typeof preset === "object") return undefined;
  return String(preset);
}

function reload(key) {
  return AFTER_RESTART.some((one) => one.test(key)) && !RELOADED.some((one) => one.test(key)) ? "no" : "yes";
}
