import { parseTemplate } from "./go-template.js";

/**
 * Says why a commit message template does not parse; undefined when it does.
 * @example checkTemplate("{{ .Environment") // names the line, and what is missing
 */
export function checkTemplate(template: string): string | undefined {
  try {
    parseTemplate(template);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
