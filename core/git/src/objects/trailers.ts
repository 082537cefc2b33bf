import { commitMessage } from "./commit-message.js";

/** Trailers that git writes itself: with one of them a paragraph may hold other lines, too. */
const GENERATED = ["Signed-off-by: ", "(cherry picked from commit "];
const TRAILER = /^[A-Za-z0-9-]+[ \t]*:/;

/** A trailer's name and value; without a value it is taken away only. */
export type Trailer = readonly [name: string, value: string | undefined];

/**
 * Appends trailers to a commit's message as git-interpret-trailers(1) does: to those that are there, or as a paragraph of
 * their own. Earlier ones of the same names go, wherever they stand.
 * @param trailers values are on one line
 */
export function withTrailers(message: string, trailers: readonly Trailer[]): string {
  // As it will be written: what that leaves out may part a name that is a trailer's.
  const text = without(
    commitMessage(message),
    trailers.map(([name]) => name),
  );
  const lines = trailers.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  if (lines.length === 0) return text;
  const body = text.trimEnd();
  return [body, ...(trailerLines(body) === undefined ? [""] : []), ...lines].join("\n");
}

/** Value of a message's trailer; of several the last counts. */
export function trailerValue(message: string, name: string): string | undefined {
  const isNamed = named(name);
  const line = trailerLines(message.trimEnd())?.findLast((one) => isNamed(one));
  return line?.slice(line.indexOf(":") + 1).trim();
}

/** The lines of a message's last paragraph, if they are trailers by git's rules (trailer.c). */
function trailerLines(text: string): readonly string[] | undefined {
  const lines = text.split("\n");
  const blank = lines.findLastIndex(isBlank);
  // The first paragraph is the title.
  if (blank === -1) return undefined;
  const paragraph = lines.slice(blank + 1);
  let [trailers, others, continued, isGenerated] = [0, 0, 0, false];
  for (const line of paragraph.toReversed()) {
    if (line.startsWith("#")) {
      others += continued;
      continued = 0;
    } else if (GENERATED.some((prefix) => line.startsWith(prefix))) {
      isGenerated = true;
      trailers += 1;
      continued = 0;
    } else if (TRAILER.test(line)) {
      trailers += 1;
      continued = 0;
    } else if (/^\s/.test(line)) {
      continued += 1;
    } else {
      others += 1 + continued;
      continued = 0;
    }
  }
  others += continued;
  const areTrailers = isGenerated ? trailers * 3 >= others : trailers > 0 && others === 0;
  return areTrailers ? paragraph : undefined;
}

function without(message: string, names: readonly string[]): string {
  const tests = names.map(named);
  let goes = false;
  const kept = message.split("\n").filter((line, index) => {
    // The title is none; a line that begins with a blank goes on with the one before.
    if (index === 0 || !/^[ \t]+\S/.test(line)) goes = index > 0 && tests.some((isNamed) => isNamed(line));
    return !goes;
  });
  return kept.join("\n");
}

function named(name: string): (line: string) => boolean {
  const lower = name.toLowerCase();
  return (line) => TRAILER.test(line) && line.slice(0, line.indexOf(":")).trimEnd().toLowerCase() === lower;
}

function isBlank(line: string): boolean {
  return line.trim() === "";
}
