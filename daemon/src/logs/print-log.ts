import { StringDecoder } from "node:string_decoder";
import { pretty } from "@vexil/engine/observe/pretty";
import { isWanted, type LogFilter, type LogLine, readLogLine } from "./log-line.js";

export interface PrintOptions {
  readonly filter: LogFilter;
  readonly colors: boolean;
  readonly write: (text: string) => void;
}

/** Splits bytes into lines and prints the wanted ones for users. */
export async function printLog(chunks: AsyncIterable<Uint8Array>, options: PrintOptions): Promise<void> {
  const decoder = new StringDecoder("utf8");
  const formats = new Map<string, (line: string) => string>();
  const print = (raw: string): void => {
    const line = readLogLine(raw);
    if (raw !== "" && isWanted(line, options.filter)) options.write(format(line, formats, options.colors));
  };
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.write(Buffer.from(chunk))).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) print(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
  print(rest + decoder.end());
}

function format(
  { text, fields, keys }: LogLine,
  formats: Map<string, (line: string) => string>,
  colors: boolean,
): string {
  if (fields === undefined) return `${text}\n`;
  const key = JSON.stringify(keys);
  const known = formats.get(key) ?? pretty(keys, colors);
  formats.set(key, known);
  return known(text);
}
