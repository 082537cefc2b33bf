import { logEvent } from "@vexil/engine/observe/catalogue";
import type { Logger } from "@vexil/plugin-api";

/** Lines about refusals in one such time; those beyond are counted in the next one. */
const LINES = 60;
const WINDOW_MS = 60_000;

/** A credential or a login that was refused, and why. */
export interface Refusal {
  readonly method: string;
  readonly code: string;
  readonly reason: string;
  readonly actor?: string | undefined;
  readonly client?: string | undefined;
}

/** Tells of refusals in the log: whoever tries thousands does not fill it. */
export class RefusalLog {
  readonly #logger: Logger;
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #untold = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  tell(refusal: Refusal): void {
    const now = performance.now();
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now;
      this.#lines = 0;
    }
    this.#lines += 1;
    if (this.#lines > LINES) {
      this.#untold += 1;
      return;
    }
    const repeated = this.#untold === 0 ? {} : { repeated: this.#untold };
    this.#untold = 0;
    logEvent(this.#logger, "auth.refused", { ...refusal, ...repeated });
  }
}
