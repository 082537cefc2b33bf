import { VexilError } from "@vexil/plugin-api/errors";

/** Resource types that can be managed, by their short names. */
export const RESOURCE_TYPES = { "flipt.core.Flag": "flag", "flipt.core.Segment": "segment" } as const;

export type ResourceTypeName = keyof typeof RESOURCE_TYPES;
export type ResourceType = (typeof RESOURCE_TYPES)[ResourceTypeName];

export const TYPE_NAMES: Readonly<Record<ResourceType, ResourceTypeName>> = {
  flag: "flipt.core.Flag",
  segment: "flipt.core.Segment",
};

/** Message types that a payload may name without being a resource. */
const OTHER_MESSAGES: ReadonlySet<string> = new Set([
  "flipt.core.Constraint",
  "flipt.core.Default",
  "flipt.core.Distribution",
  "flipt.core.Namespace",
  "flipt.core.Rollout",
  "flipt.core.RolloutSegment",
  "flipt.core.RolloutThreshold",
  "flipt.core.Rule",
  "flipt.core.Variant",
  "google.protobuf.Any",
  "google.protobuf.BoolValue",
  "google.protobuf.Duration",
  "google.protobuf.Empty",
  "google.protobuf.ListValue",
  "google.protobuf.StringValue",
  "google.protobuf.Struct",
  "google.protobuf.Timestamp",
  "google.protobuf.Value",
]);

export function resourceType(name: string): ResourceType | undefined {
  return Object.hasOwn(RESOURCE_TYPES, name) ? RESOURCE_TYPES[name as ResourceTypeName] : undefined;
}

export const isKnownMessage = (name: string): boolean => OTHER_MESSAGES.has(name);

/** Messages about writing a resource begin with its type. */
export const typePrefix = (name: string): string => `resource type "${name}": `;

export const unreadableType = (name: string): VexilError =>
  new VexilError("VEXIL_NOT_FOUND", `git storage view: resource type "${name}" not found`);

export const unwritableType = (name: string): VexilError =>
  new VexilError("VEXIL_NOT_FOUND", `${typePrefix(name)}git storage update: resource type "${name}" not found`);
