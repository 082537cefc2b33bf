import type { Level, LogFields, Logger } from "@vexil/plugin-api";
import type { SecretTexts } from "./secret-texts.js";

/** A plugin's logger: what must not be seen is blanked in all that it is given. */
export class BlankingLogger implements Logger {
  readonly #logger: Logger;
  readonly #secrets: SecretTexts;

  constructor(logger: Logger, secrets: SecretTexts) {
    this.#logger = logger;
    this.#secrets = secrets;
  }

  log(level: Level, event: string, message: string, fields: LogFields = {}): void {
    this.#logger.log(level, event, this.#secrets.blank(message), this.#secrets.blankFields(fields));
  }

  child(fields: LogFields): Logger {
    return new BlankingLogger(this.#logger.child(this.#secrets.blankFields(fields)), this.#secrets);
  }
}
