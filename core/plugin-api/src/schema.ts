/**
 * The shape of Standard Schema v1 (standardschema.dev), types only. zod 4 schemas fit as they are, as do those of
 * other libraries that follow the standard. `validate` has 10 s and should not throw: what is wrong is an issue.
 * @example z.strictObject({ url: z.url(), timeout: duration().default(5_000) })
 */
export interface Schema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** The settings as the plugin gets them, or what is wrong with them. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/**
 * One thing that is wrong. The host puts `storage.<id>.backend` (or `credentials.<id>`) before `path`.
 * @example { message: "expected a URL", path: ["url"] }
 */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
