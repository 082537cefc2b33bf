/** First pieces of paths that the HTTP API and files have. */
export const API_PATHS: ReadonlySet<string> = new Set([
  ...["api", "assets", "auth", "client", "docs", "evaluate", "git", "health", "hooks", "internal", "meta", "metrics"],
  ...["ofrep", "openapi.json", "schemas"],
]);

/** First pieces of paths of the console's pages. */
export const PAGE_PATHS: ReadonlySet<string> = new Set(["environments", "login", "status"]);
