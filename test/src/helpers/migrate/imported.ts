import { evaluateBoolean } from "@vexil/flags/evaluate/boolean";
import { evaluateVariant } from "@vexil/flags/evaluate/variant";
import { CONVERTERS, type SourceSystem } from "../../../../daemon/dist/migrate/from/converters.js";
import { type Notice, Report } from "../../../../daemon/dist/migrate/model/report.js";
import { SourceValue } from "../../../../daemon/dist/migrate/model/source-value.js";
import { featuresYaml } from "../../../../daemon/dist/migrate/to/features-yaml.js";
import { buildOnce } from "../flags/build-from-files.js";

/** Flags that were imported, served. */
export interface ImportedFlags {
  readonly notices: readonly Notice[];
  /** Texts of features files by namespace. */
  readonly texts: ReadonlyMap<string, string>;
  /** The answer to an application: true or false, the key of a variant, or the value that its attachment carries. */
  answer(key: string, entity: string, context: Readonly<Record<string, string>>): unknown;
  /** Tells whether something of a flag was lost, as the report has it. */
  isLost(key: string): boolean;
}

interface Wishes {
  readonly namespace?: string;
  readonly sourceEnvironment?: string;
  readonly entity?: string;
  /** Epoch ms. */
  readonly now?: number;
}

/** Imports documents and serves what becomes of them. */
export async function imported(
  system: SourceSystem,
  documents: readonly unknown[],
  { namespace, sourceEnvironment, entity, now = Date.parse("2026-11-30T12:00:00Z") }: Wishes = {},
): Promise<ImportedFlags> {
  const report = new Report();
  const values = documents.map((document) => new SourceValue(document, "source.json"));
  const namespaces = CONVERTERS[system](values, { namespace, sourceEnvironment, entity, now, report });
  const texts = new Map(namespaces.map((one) => [one.key, featuresYaml(one)]));
  const files = Object.fromEntries([...texts].map(([key, text]) => [`${key}/features.yaml`, text]));
  const { snapshot } = await buildOnce(files);
  const [fault] = snapshot.quarantined;
  if (fault !== undefined) throw new Error(`${fault.reason}\n${[...texts.values()].join("---\n")}`);
  const flags = new Map([...snapshot.namespaces.values()].flatMap((one) => [...one.flags]));
  return {
    notices: report.notices,
    texts,
    answer: (key, entity, context) => {
      const flag = flags.get(key);
      if (flag === undefined) throw new Error(`there is no flag ${key}`);
      if (flag.type === "BOOLEAN_FLAG_TYPE") return evaluateBoolean(flag, entity, context).enabled;
      const { variantKey, variantAttachment } = evaluateVariant(flag, entity, context);
      if (variantKey === "") return undefined;
      const attachment = JSON.parse(variantAttachment === "" ? "null" : variantAttachment) as unknown;
      if (attachment === null) return variantKey;
      return (attachment as { readonly value?: unknown }).value ?? attachment;
    },
    isLost: (key) =>
      report.notices.some(({ kind, what, where }) => kind === "lost" && `${what} ${where} `.includes(key)),
  };
}
