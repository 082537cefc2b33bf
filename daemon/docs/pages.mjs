/** The pages of the manual in their order, as seen from this folder. */
export const GROUPS = [
  { name: "Begin", pages: ["index.md", "../../README.md", "install.md", "concepts.md", "commands.md", "console.md"] },
  { name: "Flags", pages: ["feature-files.md", "checking.md", "writes.md", "past.md", "usage.md"] },
  { name: "Applications", pages: ["sdks.md", "http.md", "http-api.md", "events.md", "git.md"] },
  {
    name: "Running",
    pages: [
      ...["running.md", "configuration.md", "configuration-keys.md", "remotes.md", "security.md", "metrics.md"],
      ...["logs.md", "sinks.md", "edges.md", "capacity.md", "troubleshooting.md"],
    ],
  },
  { name: "Coming from elsewhere", pages: ["coming-from-flipt.md", "coming-from-others.md"] },
  {
    name: "Plugins",
    pages: [
      "plugins.md",
      ...["backend-memory", "backend-local", "backend-postgres", "backend-redis"].map(readme),
      ...["auth-basic", "auth-access-token", "auth-ssh"].map(readme),
      ...["token", "jwt", "oidc", "github", "kubernetes", "certificate"].map((name) =>
        readme(`authentication-${name}`),
      ),
      ...["authorization-roles", "authorization-opa"].map(readme),
      ...["sink-file", "sink-webhook", "sink-exec", "sink-export", "sink-otlp"].map(readme),
    ],
  },
  {
    name: "Lists",
    pages: ["../CHANGELOG.md", "../ROUTES.md", "../METRICS.md", "../EVENTS.md", "../grafana/README.md"],
  },
];

function readme(plugin) {
  return `../../plugins/${plugin}/README.md`;
}

/** Name of the file that a page becomes. */
export function outputOf(page) {
  if (page === "../../README.md") return "start.html";
  const name = page.endsWith("/README.md") ? page.split("/").at(-2) : page.split("/").at(-1).replace(/\.md$/, "");
  return `${name.toLowerCase() === name ? name : `list-of-${name.toLowerCase()}`}.html`;
}

/** Makes the anchors of one page's headings, as forges make them. */
export function slugs() {
  const seen = new Map();
  return (heading) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/[`*]/g, "");
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  };
}
