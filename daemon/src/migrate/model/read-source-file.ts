import { createReadStream } from "node:fs";
import { DEFAULT_FEATURE_LIMITS } from "@vexil/flags/read/document";
import { LineIndex } from "@vexil/flags/read/line-column";
import { readSource } from "@vexil/flags/read/read-source";
import { RefusedError } from "../../client/client-errors.js";
import { SourceValue } from "./source-value.js";

/** Exports of one system may be larger than a file that is served. */
const LIMITS = { ...DEFAULT_FEATURE_LIMITS, fileBytes: 32e6, depth: 64 };
const MOST_VALUES = 2_000_000;

/**
 * Reads a file of another system (`-`: stdin), JSON or YAML of one or more documents, within bounds.
 * @throws RefusedError with file, place and reason
 */
export async function readSourceFile(path: string): Promise<readonly SourceValue[]> {
  const bytes = await bytesOf(path);
  const name = nameOf(path);
  const isJson = /^\s*[[{]/.test(Buffer.from(bytes.subarray(0, 1024)).toString("utf8"));
  // A YAML file may begin with a bracket, too: what is no JSON gets its chance.
  const read = readSource(isJson ? "source.json" : "source.yaml", bytes, LIMITS);
  const source = isJson && "fault" in read && !path.endsWith(".json") ? readSource("source.yaml", bytes, LIMITS) : read;
  if ("fault" in source) {
    const { line, column } = new LineIndex(source.text).at(source.fault.offset);
    throw new RefusedError(`${name}:${line}:${column}: ${source.fault.reason}`);
  }
  const values = source.documents.map(({ value }) => new SourceValue(value, name));
  checkValues(values);
  if (values.length === 0) throw new RefusedError(`${name}: the file is empty`);
  return values;
}

/** Bounded as it comes, since pipes have no size before they are read. */
async function bytesOf(path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of path === "-" ? process.stdin : createReadStream(path)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LIMITS.fileBytes) {
        throw new RefusedError(`${nameOf(path)}: it has more bytes than the limit of ${LIMITS.fileBytes}`);
      }
    }
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new RefusedError(`${nameOf(path)} cannot be read: ${code}`);
  }
  return Buffer.concat(chunks);
}

const nameOf = (path: string): string => (path === "-" ? "stdin" : path);

function checkValues(values: readonly SourceValue[]): void {
  const waiting = [...values];
  let count = 0;
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    count += 1;
    const below = value.isList ? value.items() : value.isMap ? value.entries().map(([, one]) => one) : [];
    if (count + waiting.length + below.length > MOST_VALUES) {
      throw new RefusedError(`${value.file}: ${value.where || "the file"}: it holds more than ${MOST_VALUES} values`);
    }
    // By the names: places of all values, written out, would be far larger than the file.
    if (value.isMap && Object.hasOwn(value.raw as object, "__proto__")) {
      const { file, where } = value.get("__proto__");
      throw new RefusedError(`${file}: ${where}: no flag, property or field can have this name`);
    }
    for (const one of below) if (typeof one.raw === "object" && one.raw !== null) waiting.push(one);
  }
}
