// Builds the manual, daemon/docs/dist: a page for each Markdown file that `pages.mjs` names, without any script. Links
// that lead out of it (to source code) become plain text.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import MarkdownIt from "markdown-it";
import { GROUPS, outputOf, slugs } from "./pages.mjs";

const home = dirname(fileURLToPath(import.meta.url));
const output = join(home, "dist");
const sources = GROUPS.flatMap(({ pages }) => pages).filter((page) => existsSync(join(home, page)));
const texts = new Map(sources.map((page) => [page, readFileSync(join(home, page), "utf8")]));
const titles = new Map([...texts].map(([page, text]) => [page, /^# (.+)$/m.exec(text)?.[1] ?? page]));
titles.set("../../README.md", "Start");
const style = readFileSync(join(home, "style.css"));
const styleName = `style-${createHash("sha256").update(style).digest("hex").slice(0, 8)}.css`;

rmSync(output, { recursive: true, force: true });
mkdirSync(join(output, "assets"), { recursive: true });
writeFileSync(join(output, "assets", styleName), style);
for (const [page, text] of texts) writeFileSync(join(output, outputOf(page)), pageOf(page, text));

function pageOf(page, text) {
  const markdown = new MarkdownIt({ html: false, linkify: false });
  const slug = slugs();
  markdown.core.ruler.push("anchors", ({ tokens }) => {
    for (const [at, token] of tokens.entries()) {
      if (token.type === "heading_open") token.attrSet("id", slug(tokens[at + 1].content));
    }
  });
  // What is wide is scrolled by itself.
  markdown.renderer.rules.table_open = () => '<div class="wide"><table>\n';
  markdown.renderer.rules.table_close = () => "</table></div>\n";
  const open = [];
  markdown.renderer.rules.link_open = (tokens, at, options, _env, self) => {
    const target = targetOf(page, tokens[at].attrGet("href"));
    open.push(target !== undefined);
    if (target === undefined) return "";
    tokens[at].attrSet("href", target);
    return self.renderToken(tokens, at, options);
  };
  markdown.renderer.rules.link_close = () => (open.pop() ? "</a>" : "");
  const image = markdown.renderer.rules.image;
  markdown.renderer.rules.image = (tokens, at, options, env, self) => {
    const file = join(home, dirname(page), tokens[at].attrGet("src"));
    cpSync(file, join(output, "assets", basename(file)));
    tokens[at].attrSet("src", `assets/${basename(file)}`);
    return image(tokens, at, options, env, self);
  };
  return layout(page, markdown.render(text));
}

/** @returns the address within the manual; undefined: it is not of the manual */
function targetOf(page, href) {
  if (/^(?:https?:|#)/.test(href)) return href;
  const [path, anchor] = href.split("#");
  const found = relative(home, join(home, dirname(page), path)).replaceAll("\\", "/");
  return texts.has(found) ? `${outputOf(found)}${anchor === undefined ? "" : `#${anchor}`}` : undefined;
}

function layout(page, body) {
  const { escapeHtml } = new MarkdownIt().utils;
  const entry = (one) =>
    `<li><a href="${outputOf(one)}"${one === page ? ' aria-current="page"' : ""}>${escapeHtml(titles.get(one))}</a></li>`;
  const groups = GROUPS.map(({ name, pages }) => {
    const entries = pages.filter((one) => texts.has(one)).map(entry);
    return entries.length === 0 ? "" : `<h2>${escapeHtml(name)}</h2>\n<ul>\n${entries.join("\n")}\n</ul>\n`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width" />
<title>${escapeHtml(titles.get(page))} · Vexil</title>
<link rel="icon" href="data:," />
<link rel="stylesheet" href="assets/${styleName}" />
</head>
<body>
<nav aria-label="Pages of the manual">
${groups.join("")}</nav>
<main>
${body}</main>
</body>
</html>
`;
}
