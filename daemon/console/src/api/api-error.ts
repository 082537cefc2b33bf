/** An answer that is no success, or none at all (status 0). */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** An error's words for whoever reads the page. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof ApiError && statuses.includes(error.status);
}

/** Made of an answer's body: JSON with a message, or any text. */
export function errorOf(response: Response, body: unknown): ApiError {
  const message =
    typeof body === "object" && body !== null && "message" in body && typeof body.message === "string"
      ? body.message
      : typeof body === "string" && body.trim() !== ""
        ? body.trim()
        : response.statusText || `status ${response.status}`;
  return new ApiError(response.status, message);
}
