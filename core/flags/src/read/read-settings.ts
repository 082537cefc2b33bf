import type { Fault } from "./document.js";
import { FieldReader } from "./field-reader.js";
import { LineIndex } from "./line-column.js";
import type { ReadSource } from "./source-document.js";

/** The repository's own settings, `flipt.yaml` in the environment's directory. */
export interface RepositorySettings {
  readonly commitMessage: string | undefined;
}

/** Settings as far as they are good, and what is wrong with the others. */
export interface ReadSettings {
  readonly settings: RepositorySettings;
  readonly faults: readonly Fault[];
  /** The file was not read to its end, for reasons that may pass. */
  readonly unread?: true;
}

/** Says why a commit message template does not parse; undefined when it does. */
export type CheckTemplate = (template: string) => string | undefined;

const TEMPLATE_FIELDS = new Set(["commit_message", "proposal_title", "proposal_body"]);
/** `2`, `2.0`, `2.0.0` and older; the compatible system takes 2.0.0 at most. */
const VERSION = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/;

/**
 * The settings that a source holds; other keys than `version` and `templates` are none of ours. Proposal templates are
 * texts whose content is not looked at.
 */
export function toSettings(path: string, source: ReadSource, checkTemplate: CheckTemplate): ReadSettings {
  const lines = new LineIndex(source.text);
  const fault = (offset: number, reason: string): Fault => {
    return { file: path, ...lines.at(offset), reason, namespaces: [""] };
  };
  const none = { commitMessage: undefined };
  if ("fault" in source) return { settings: none, faults: [fault(source.fault.offset, source.fault.reason)] };
  const document = source.documents[0];
  if (document === undefined || document.value === null) return { settings: none, faults: [] };
  const reader = new FieldReader();
  const settings = readFields(reader, document.value, checkTemplate);
  const faults = reader.faults.map(({ path: place, reason }) =>
    fault(document.locate(place), place.length === 0 ? reason : `${place.join(".")}: ${reason}`),
  );
  return { settings: faults.length === 0 ? settings : none, faults };
}

function readFields(reader: FieldReader, value: unknown, checkTemplate: CheckTemplate): RepositorySettings {
  const none = { commitMessage: undefined };
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    reader.fail("the settings must be a map");
    return none;
  }
  const { version, templates } = value as Readonly<Record<string, unknown>>;
  if (version !== undefined) reader.at("version", () => checkVersion(reader, version));
  if (templates === undefined || templates === null) return none;
  return reader.at("templates", () => {
    const fields = reader.fields(templates, TEMPLATE_FIELDS);
    if (fields === undefined) return none;
    for (const name of ["proposal_title", "proposal_body"]) reader.text(fields, name);
    const template = reader.text(fields, "commit_message");
    const wrong = template === "" ? undefined : checkTemplate(template);
    if (wrong !== undefined) reader.at("commit_message", () => reader.fail(`invalid template: ${wrong}`));
    return { commitMessage: template === "" ? undefined : template };
  });
}

function checkVersion(reader: FieldReader, version: unknown): void {
  const text = typeof version === "string" || typeof version === "number" ? String(version) : "";
  const [, major = "", minor = "0", patch = "0"] = VERSION.exec(text) ?? [];
  if (major === "") reader.fail("invalid flipt config version");
  else if (Number(major) > 2 || (Number(major) === 2 && (Number(minor) > 0 || Number(patch) > 0))) {
    reader.fail(`unsupported flipt config version: ${JSON.stringify(text)}`);
  }
}
