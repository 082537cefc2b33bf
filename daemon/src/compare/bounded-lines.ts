import { createReadStream } from "node:fs";

/**
 * Lines of a file, one after the other, of which none has to fit into memory that is too long.
 * @param longest characters that a line may have
 * @throws Error with file and line, for one that is longer; where the file cannot be read
 */
export async function* boundedLines(file: string, longest: number): AsyncGenerator<string> {
  let number = 1;
  let rest = "";
  const checked = (line: string): string => {
    if (line.length > longest) throw new Error(`${file}:${number}: the line has more than ${longest} characters`);
    return line;
  };
  try {
    for await (const chunk of createReadStream(file, "utf8")) {
      const lines = `${rest}${chunk}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        yield checked(line);
        number += 1;
      }
      checked(rest);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new Error(`${file} cannot be read: ${message}`);
  }
  if (rest !== "") yield checked(rest);
}
