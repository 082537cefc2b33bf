import { secretFromFile } from "@vexil/plugin-api";
import { type SettingsLayout, text } from "@vexil/plugin-api/settings";
import { z } from "zod";
import type { BuildContext } from "./build-context.js";
import { configError } from "./config-error.js";
import { isMap } from "./config-tree.js";
import { childOf, type Field, fieldOf, fieldsOf, infoOf } from "./fields/field.js";
import { acceptedBy } from "./input-schema.js";

// The compatible system's layout of plugins' settings, for any plugin: a section with `type`, and beside it either the
// settings themselves or a map of its own that holds them. Sections stay in that shape while they are decoded and
// resolved; `settingsOf` takes out of them what the plugin gets.

/** A section that names a plugin by `type`. */
export interface PluginSection {
  readonly type: string;
  readonly [key: string]: unknown;
}

export type Layouts = ReadonlyMap<string, SettingsLayout>;

/** Texts that stand for a value which is read later, when rules between values have been checked. */
const REFERENCE = /^\$\{(?:secret|credential):[^}]*\}$/;

/**
 * The schema of a section that names a plugin. Of a type with a layout, its own settings are decoded and what belongs to
 * other compatible types is left out; any other type's settings are the plugin's to decode.
 * @param fallback the type where none is given
 * @param besides further keys of the section, which are not the plugin's
 */
export function pluginSection(
  layouts: Layouts,
  fallback: string,
  describe: string,
  besides: Readonly<Record<string, z.ZodType>> = {},
): z.ZodType<PluginSection> {
  const type = text().prefault(fallback).describe(describe);
  const compatible = [...layouts.values()].filter((layout) => layout.compatible);
  const keys = z.looseObject({ type, ...besides, ...Object.assign({}, ...compatible.map(keysOf)) });
  const input = z.unknown();
  acceptedBy.set(input, keys);
  const schema = input
    .transform((value, context): PluginSection => {
      if (!isMap(value)) {
        context.issues.push({ code: "invalid_type", expected: "object", input: value });
        return z.NEVER;
      }
      const chosen = type.safeParse(value.type);
      const layout = chosen.success ? layouts.get(chosen.data) : undefined;
      const decoder =
        layout === undefined ? z.looseObject({ type, ...besides }) : z.object({ type, ...besides, ...keysOf(layout) });
      const decoded = decoder.safeParse(value);
      if (decoded.success) return decoded.data;
      for (const issue of decoded.error.issues) context.issues.push({ ...issue, input: value } as z.core.$ZodRawIssue);
      return z.NEVER;
    })
    .prefault({});
  const field = fieldOf(keys) as Field & { kind: "object" };
  const byType = (given: unknown): Field | undefined => {
    const layout = layouts.get(String(given ?? fallback));
    if (layout === undefined) return undefined;
    return layout.compatible ? { ...field, open: false } : fieldOf(z.object({ type, ...besides, ...keysOf(layout) }));
  };
  fieldsOf.add(schema, { field: { ...field, byType } });
  return schema as unknown as z.ZodType<PluginSection>;
}

/** Keys of a section that a layout brings. None has to be there. */
export function keysOf({ schema, block }: SettingsLayout): Readonly<Record<string, z.ZodType>> {
  const settings = z.object(schema.shape);
  return block === undefined ? settings.partial().shape : { [block]: settings.optional() };
}

/**
 * Checks a decoded section by the rules of its plugin's own schema.
 * @returns the first fault and the path of its key within the section
 */
export function faultOf(
  section: PluginSection,
  layout: SettingsLayout,
): { readonly message: string; readonly path: readonly string[] } | undefined {
  const { block, missing, schema } = layout;
  if (block !== undefined && section[block] === undefined) {
    return missing === undefined ? undefined : { message: missing, path: [] };
  }
  const settings = asWritten(ownSettings(section, layout), fieldOf(schema)) as ReturnType<typeof ownSettings>;
  const issue = schema.safeParse(withoutReferences(settings)).error?.issues[0];
  if (issue === undefined) return undefined;
  return { message: issue.message, path: [...(block === undefined ? [] : [block]), ...issue.path.map(String)] };
}

/** Decoded settings as what a schema takes in: the plugin's own decodes them once more. */
function asWritten(value: unknown, field: Field | undefined): unknown {
  if (field === undefined || value === undefined) return value;
  if (field.kind === "value") return field.info.written?.(value) ?? value;
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asWritten(inner, childOf(field, key))]));
}

function withoutReferences(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      typeof value === "string" && REFERENCE.test(value) ? "reference" : value,
    ]),
  );
}

/** The settings that stand in a section, as they stand there. */
export function ownSettings(
  section: PluginSection,
  layout: SettingsLayout | undefined,
): Readonly<Record<string, unknown>> {
  const { type: _, ...beside } = section;
  if (layout === undefined) return beside;
  const { block, schema } = layout;
  const from = block === undefined ? beside : ((section[block] ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    Object.keys(schema.shape).flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])),
  );
}

/**
 * The settings that a plugin's schema gets of its section: paths are absolute, and what stands in a file comes as a Secret
 * that reads it again.
 * @param place the section's path, such as `credentials.main`
 */
export async function settingsOf(
  section: PluginSection,
  layout: SettingsLayout | undefined,
  place: string,
  { resolvePath }: BuildContext,
): Promise<Readonly<Record<string, unknown>>> {
  const own = ownSettings(section, layout);
  const written = layout === undefined ? own : (asWritten(own, fieldOf(layout.schema)) as typeof own);
  const settings: Record<string, unknown> = { ...written };
  for (const [key, schema] of Object.entries(layout?.schema.shape ?? {})) {
    const { path, secretOf } = infoOf(schema as z.core.$ZodType);
    const value = settings[key];
    if (path !== true || typeof value !== "string" || value === "") continue;
    settings[key] = resolvePath(value);
    if (secretOf === undefined) continue;
    delete settings[key];
    settings[secretOf] = await readSecret(resolvePath(value), `${settingsPath(place, layout)}.${key}`);
  }
  return settings;
}

/** Path of the map that holds a plugin's settings. */
export function settingsPath(place: string, layout: SettingsLayout | undefined): string {
  return layout?.block === undefined ? place : `${place}.${layout.block}`;
}

async function readSecret(file: string, key: string): Promise<unknown> {
  try {
    return await secretFromFile(file);
  } catch (error) {
    throw configError(`${key}: ${(error as Error).message}`, error);
  }
}
