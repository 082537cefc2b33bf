export interface LoggerOptions {
  /** Environment variables; `JOURNAL_STREAM` decides about priorities. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where lines go instead of stdout or `log.file`, one call a line. */
  readonly write?: (line: string) => void;
}
