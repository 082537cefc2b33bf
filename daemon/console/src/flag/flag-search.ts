/** Parts of a flag's page that are open, as the address has it. */
export interface FlagSearch {
  readonly edit?: true;
  /** It is being copied; without a place to where nobody has said yet. */
  readonly copy?: true;
  readonly toEnvironment?: string;
  readonly toNamespace?: string;
}

export function readFlagSearch({ edit, copy, toEnvironment, toNamespace }: Record<string, unknown>): FlagSearch {
  if (edit === true) return { edit };
  if (copy !== true) return {};
  return {
    copy,
    ...(toEnvironment === undefined ? {} : { toEnvironment: String(toEnvironment) }),
    ...(toNamespace === undefined ? {} : { toNamespace: String(toNamespace) }),
  };
}
