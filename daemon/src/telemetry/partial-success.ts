/** Said by a collector beside its yes (OTLP specification, "Partial Success"). */
export interface PartialSuccess {
  /** Spans, data points or records that it did not keep, and that may not be sent again; 0: it only warns. */
  readonly rejected: number;
  /** Its own words; empty: none. */
  readonly message: string;
}

const COUNTS = ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"];

/**
 * Has the partial successes told that an exporter is answered, right before the result of that export. The SDK's
 * exporters keep them from their caller: what handles an answer is private to them, and replaced here. Without it in
 * some other version nothing is told.
 */
export function onPartialSuccess(exporter: object, tell: (partial: PartialSuccess) => void): void {
  const { _delegate: delegate } = exporter as { readonly _delegate?: { _responseHandler?: unknown } };
  if (delegate?._responseHandler === undefined) return;
  delegate._responseHandler = {
    handleResponse: (response: unknown) => {
      const partial = partialSuccessOf(response);
      if (partial !== undefined) tell(partial);
    },
  };
}

/** Counts are texts in JSON, as all numbers of 64 bits. */
function partialSuccessOf(response: unknown): PartialSuccess | undefined {
  const { partialSuccess } = (response ?? {}) as { readonly partialSuccess?: unknown };
  const said = (partialSuccess ?? {}) as Readonly<Record<string, unknown>>;
  const count = Number(COUNTS.map((name) => said[name]).find((value) => value !== undefined) ?? 0);
  const rejected = Number.isSafeInteger(count) && count > 0 ? count : 0;
  const message = typeof said.errorMessage === "string" ? said.errorMessage : "";
  return rejected === 0 && message === "" ? undefined : { rejected, message };
}
