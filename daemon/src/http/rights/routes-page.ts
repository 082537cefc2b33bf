import type { RouteDescription } from "../route.js";

const HEAD = `# Routes and the rights they need

Written by \`npm run docs:routes\` from the routes themselves; a test compares the two.

Access: \`token\` wants a credential when \`authentication.required\` is on, \`evaluation\` and \`ofrep\` unless
\`authentication.exclude\` opens them, \`metrics\` with \`metrics.require_authentication\`; a \`forge\` proves itself by the call.
Action: the right that is needed when \`authorization.required\` is on; without one, whoever is let in may call. Where:
the place that the right is needed in; "shown" means that the answer has only what may be seen, or is a refusal where
that is nothing.
`;

/** The table of all routes, as Markdown. */
export function routesPage(routes: readonly RouteDescription[]): string {
  const rows = routes.map(({ method, path, access, action, besides = [], place, anyMethod }) => {
    const where = action === "none" ? "" : place === "answer" ? "shown" : placeIn(path, place !== undefined);
    const shown = action === "none" ? "" : [action, ...besides].map((name) => `\`${name}\``).join(", ");
    return [anyMethod === true ? "any" : method, `\`${path}\``, access, shown, where];
  });
  const titles = ["method", "route", "access", "action", "where"];
  const widths = titles.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(" | ")} |`;
  const sorted = rows.sort(([, a = "", x = ""], [, b = "", y = ""]) => (a + x < b + y ? -1 : 1));
  return `${HEAD}\n${[line(titles), line(widths.map((width) => "-".repeat(width))), ...sorted.map(line)].join("\n")}\n`;
}

function placeIn(path: string, hasOwn: boolean): string {
  // Reads on the hot path find their environment by fallbacks, and a batch has one for each item.
  if (/^\/(?:evaluate|ofrep|client|internal)\//.test(path)) return "environment that answers, namespace";
  if (hasOwn || path.includes("{namespace}")) return "environment, namespace";
  return path.includes("{environment}") ? "environment, all namespaces" : "all environments";
}
