import type { ENVIRONMENT, NAMESPACE, NAMESPACES, RESOURCES } from "./routes.js";
import type { paths } from "./schema.js";

type Answer<T> = T extends { responses: { 200: { content: { "application/json": infer Body } } } } ? Body : never;
type Got<Path extends keyof paths> = paths[Path] extends { get: infer Operation } ? Answer<Operation> : never;
type Posted<Path extends keyof paths> = paths[Path] extends { post: infer Operation } ? Answer<Operation> : never;

type Payload = Got<`${typeof RESOURCES}/{type}`>["resources"][number]["payload"];
/** A flag or segment as writes have it. */
export type WrittenPayload = paths[typeof RESOURCES]["put"]["requestBody"]["content"]["application/json"]["payload"];
export type Flag = Extract<Payload, { variants: unknown }>;
export type Segment = Extract<Payload, { constraints: unknown }>;
export type Variant = Flag["variants"][number];
export type Rule = Flag["rules"][number];
export type Rollout = Flag["rollouts"][number];
export type Constraint = Segment["constraints"][number];
export type Status = Got<"/api/status">;
export type StorageStatus = Status["storages"][number];
export type Method = Got<"/auth/v1/method">["methods"][number];
export type Commit = Got<`${typeof NAMESPACE}/history`>["commits"][number];
/** Commit that a write would make. */
export type Preview = NonNullable<Posted<`${typeof ENVIRONMENT}/rollback`>["preview"]>;
type Compared = Got<`${typeof ENVIRONMENT}/compare`>;
/** Members of a comparison that pages read; it has more. */
export type Comparison = Pick<Compared, "base" | "head" | "changes"> & {
  readonly affected: readonly Pick<Compared["affected"][number], "flag" | "least" | "share">[];
};
export type Environment = Got<"/api/v2/environments">["environments"][number];
export type Namespace = Got<typeof NAMESPACES>["items"][number];
export type Explanation = Extract<Posted<"/evaluate/v1/explain">, { steps: unknown }>;
export type Step = Explanation["steps"][number];
/** Answer of a flag of either type. */
export type Evaluation = Explanation["evaluation"];

/** A namespace of an environment: what most pages are about. */
export interface Place {
  readonly environment: string;
  readonly namespace: string;
}

export const FLAG = "flipt.core.Flag";
export const SEGMENT = "flipt.core.Segment";
