/** The caller that a credential stands for. */
export interface Principal {
  /** The token's name, lower-cased. */
  readonly id: string;
  readonly metadata: Readonly<Record<string, string>>;
}
