const WORDS = { object: "object", either: "object or list" } as const;

/** @returns why a text is not the JSON that is wanted, as the browser tells it; undefined for an empty one */
export function jsonFault(text: string, wanted: keyof typeof WORDS): string | undefined {
  if (text.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const isRight = typeof value === "object" && value !== null && (wanted === "either" || !Array.isArray(value));
    return isRight ? undefined : `This has to be a JSON ${WORDS[wanted]}.`;
  } catch (error) {
    return `This is no JSON: ${(error as Error).message}`;
  }
}
