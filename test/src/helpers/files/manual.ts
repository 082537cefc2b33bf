import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Root of the repository. */
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

interface Pages {
  readonly GROUPS: readonly { readonly name: string; readonly pages: readonly string[] }[];
  slugs(): (heading: string) => string;
}

const { GROUPS, slugs } = (await import(join(ROOT, "daemon/docs/pages.mjs"))) as Pages;

/** Every page of the manual, below the root. */
export const MANUAL: readonly string[] = GROUPS.flatMap(({ pages }) => pages.map((page) => join("daemon/docs", page)));

/** Pages that lie in the manual's folder. */
export const OWN: readonly string[] = readdirSync(join(ROOT, "daemon/docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => join("daemon/docs", name));

/** A piece of code on a page. */
export interface CodeBlock {
  /** Page and line, for messages. */
  readonly place: string;
  /** As after the fence: `yaml features`. */
  readonly kind: string;
  readonly code: string;
}

export const textOf = (page: string): string => readFileSync(join(ROOT, page), "utf8");

/** Blocks of code between fences. */
export function codeBlocks(page: string): readonly CodeBlock[] {
  const text = textOf(page);
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(({ 1: kind = "", 2: code = "", index }) => ({
    place: `${page}:${text.slice(0, index).split("\n").length}`,
    kind: kind.trim(),
    code,
  }));
}

/** Links of a page that lead nowhere. */
export function brokenLinks(page: string): readonly string[] {
  const prose = textOf(page)
    .replaceAll(/^```[\s\S]*?^```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]]/g, " "));
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(({ 1: target = "" }) => {
    if (/^https?:/.test(target)) return [];
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), path));
    if (!existsSync(join(ROOT, file))) return [`${page}: ${target}`];
    return anchor === undefined || anchorsOf(file).has(anchor) ? [] : [`${page}: ${target}`];
  });
}

function anchorsOf(page: string): ReadonlySet<string> {
  const prose = textOf(page).replaceAll(/^```[\s\S]*?^```$/gm, "");
  const slug = slugs();
  return new Set([...prose.matchAll(/^#{1,6} (.+)$/gm)].map(({ 1: heading = "" }) => slug(heading)));
}
