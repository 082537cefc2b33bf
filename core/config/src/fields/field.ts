import { type FieldInfo, fieldInfo } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** A schema seen as keys: what variables, unknown keys and `vexil config` walk along. */
export type Field =
  | {
      readonly kind: "object";
      readonly children: ReadonlyMap<string, Field>;
      /** Keys that no child names are let through (a plugin's own settings). */
      readonly open: boolean;
      /** The field of any other key, where those are maps of a kind (settings of other plugins). */
      readonly others?: Field;
      /** Absent unless given; otherwise its members' defaults count. */
      readonly optional: boolean;
      readonly info: FieldInfo;
      /** The keys of each known `type`, where that decides which count. */
      readonly byType?: (type: unknown) => Field | undefined;
    }
  | { readonly kind: "map"; readonly value: Field; readonly info: FieldInfo }
  | { readonly kind: "value"; readonly info: FieldInfo; readonly default: unknown };

/** The fields of schemas that do not tell them themselves. */
export const fieldsOf = z.registry<{ readonly field: Field }>();

/** A field as it is where `value` stands: with the keys of its `type`. */
export function narrowed(field: Field, value: unknown): Field {
  if (field.kind !== "object" || field.byType === undefined) return field;
  return field.byType((value as { readonly type?: unknown } | undefined)?.type) ?? field;
}

/** The field of a key below another field; undefined where no schema names it. */
export function childOf(field: Field | undefined, key: string): Field | undefined {
  if (field?.kind === "object") return field.children.get(key) ?? field.others;
  return field?.kind === "map" ? field.value : undefined;
}

/** Notes about a field, whatever its schema is wrapped in. */
export function infoOf(schema: z.core.$ZodType): FieldInfo {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const inner = "innerType" in def ? def.innerType : def.type === "pipe" ? def.in : undefined;
  return { ...(inner === undefined ? {} : infoOf(inner)), ...fieldInfo.get(schema) };
}

/** Reads the keys out of a schema. */
export function fieldOf(schema: z.core.$ZodType): Field {
  return read(schema, {}, undefined, false);
}

function read(schema: z.core.$ZodType, outer: FieldInfo, preset: unknown, optional: boolean): Field {
  const known = fieldsOf.get(schema);
  // The registry's type maps what it holds, which is not needed here and too deep for the compiler.
  if (known !== undefined) return known.field as unknown as Field;
  const info = { ...fieldInfo.get(schema), ...outer };
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "nullable":
      return read(def.innerType, info, preset, preset === undefined);
    case "default":
    case "prefault":
      return read(def.innerType, info, preset ?? def.defaultValue, false);
    case "object": {
      const children = Object.entries(def.shape).map(
        ([key, child]) => [key, read(child, {}, undefined, false)] as const,
      );
      const others = def.catchall?._zod.def.type === "object" ? def.catchall : undefined;
      return {
        kind: "object",
        children: new Map(children),
        open: def.catchall?._zod.def.type === "unknown",
        ...(others !== undefined && { others: read(others, {}, undefined, true) }),
        optional,
        info,
      };
    }
    case "pipe":
      return read(def.in, info, preset, optional);
    case "record":
      return { kind: "map", value: read(def.valueType, {}, undefined, false), info };
    default:
      return { kind: "value", info, default: preset };
  }
}
