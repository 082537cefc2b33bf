/** How a file's text is stored. */
export type TextEncodingName = "utf-8" | "utf-8-bom" | "utf-16le" | "utf-16be";

export interface SourceText {
  readonly text: string;
  readonly encoding: TextEncodingName;
}

/** Text without byte order mark, and what brings it back to bytes. */
export function readSourceText(bytes: Uint8Array): SourceText {
  const encoding = encodingOf(bytes);
  const label = encoding === "utf-8-bom" ? "utf-8" : encoding;
  return { text: new TextDecoder(label).decode(bytes), encoding };
}

function encodingOf([first, second, third]: Uint8Array): TextEncodingName {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return first === 0xef && second === 0xbb && third === 0xbf ? "utf-8-bom" : "utf-8";
}

export function writeSourceText({ text, encoding }: SourceText): Uint8Array {
  switch (encoding) {
    case "utf-8":
      return Buffer.from(text, "utf8");
    case "utf-8-bom":
      return Buffer.from(`\ufeff${text}`, "utf8");
    case "utf-16le":
      return Buffer.from(`\ufeff${text}`, "utf16le");
    case "utf-16be":
      return Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  }
}
