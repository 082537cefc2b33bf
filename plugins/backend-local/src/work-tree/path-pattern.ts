const LITERAL = /[.+^${}()|[\]\\]/g;

/**
 * A pattern of `.gitattributes` (gitignore(5), "PATTERN FORMAT") as a test of paths below its directory. One without a
 * slash is for the last part of a path; `*` does not cross a slash, `**` does.
 */
export function pathPattern(pattern: string): (path: string) => boolean {
  const anchored = pattern.replace(/\/$/, "").includes("/");
  const text = pattern.replace(/^\//, "");
  let source = "";
  for (let at = 0; at < text.length; ) {
    if (text.startsWith("**/", at) && (at === 0 || text[at - 1] === "/")) {
      source += "(?:[^/]+/)*";
      at += 3;
    } else if (text.startsWith("/**", at) && at + 3 === text.length) {
      source += "/.+";
      at += 3;
    } else if (text[at] === "*") {
      source += "[^/]*";
      at += 1;
    } else if (text[at] === "?") {
      source += "[^/]";
      at += 1;
    } else if (text[at] === "[" && text.indexOf("]", at + 2) !== -1) {
      const end = text.indexOf("]", at + 2);
      const inside = text
        .slice(at + 1, end)
        .replace(/^[!^]/, "^")
        .replace(/\\(?!\\)/g, "\\\\");
      source += `[${inside}]`;
      at = end + 1;
    } else {
      if (text[at] === "\\") at += 1;
      source += (text[at] ?? "").replace(LITERAL, "\\$&");
      at += 1;
    }
  }
  const expression = new RegExp(`^${source}$`);
  return (path) => expression.test(anchored ? path : path.slice(path.lastIndexOf("/") + 1));
}
