/** Said by a collector beside its yes (OTLP specification, "Partial Success"). */
export interface PartialSuccess {
  /** Records that it did not keep, and that may not be sent again; 0: it only warns. */
  readonly rejected: number;
  /** Its own words, cut; empty: none. */
  readonly reason: string;
}

const LONGEST_REASON = 200;

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
  const { errorMessage, rejectedLogRecords } = (partialSuccess ?? {}) as Readonly<Record<string, unknown>>;
  const count = Number(rejectedLogRecords ?? 0);
  const rejected = Number.isSafeInteger(count) && count > 0 ? count : 0;
  const reason = typeof errorMessage === "string" ? errorMessage.slice(0, LONGEST_REASON) : "";
  return rejected === 0 && reason === "" ? undefined : { rejected, reason };
}
