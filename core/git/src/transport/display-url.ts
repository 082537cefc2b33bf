/** A remote's URL for users: without user, password, query and fragment. */
export function displayUrl(url: string): string {
  if (!url.includes("://")) return url.replace(/^[^@/]*@(?=[^/]*:)/, "");
  try {
    const parsed = new URL(url);
    parsed.username = "";
    parsed.password = "";
    parsed.search = "";
    parsed.hash = "";
    return parsed.href;
  } catch {
    return url.replace(/^([a-z][a-z\d+.-]*:\/\/)[^@/]*@/i, "$1").replace(/[?#].*$/, "");
  }
}
