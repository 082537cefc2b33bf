import { z } from "zod";

/** Facts that the loader needs to know of a schema besides its rules. */
export interface FieldInfo {
  /** Never shown. */
  readonly secret?: boolean;
  /** Accepted and ignored: the reason, for the warning. */
  readonly later?: string;
  /** The accepted values, for messages: `true or false`. */
  readonly accepts?: string;
}

/** Notes about schemas that do not belong into the published JSON Schema. */
export const fieldInfo = z.registry<FieldInfo>();

/** A schema seen as keys: what variables, unknown keys and `vexil config` walk along. */
export type Field =
  | {
      readonly kind: "object";
      readonly children: ReadonlyMap<string, Field>;
      /** Keys that no child names are let through (a plugin's own settings). */
      readonly open: boolean;
      /** Absent unless given; otherwise its members' defaults count. */
      readonly optional: boolean;
      readonly info: FieldInfo;
    }
  | { readonly kind: "map"; readonly value: Field; readonly info: FieldInfo }
  | { readonly kind: "value"; readonly info: FieldInfo; readonly default: unknown };

/** Reads the keys out of a schema. */
export function fieldOf(schema: z.core.$ZodType): Field {
  return read(schema, {}, undefined, false);
}

function read(schema: z.core.$ZodType, outer: FieldInfo, preset: unknown, optional: boolean): Field {
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
      return {
        kind: "object",
        children: new Map(children),
        open: def.catchall?._zod.def.type === "unknown",
        optional,
        info,
      };
    }
    case "record":
      return { kind: "map", value: read(def.valueType, {}, undefined, false), info };
    default:
      return { kind: "value", info, default: preset };
  }
}
