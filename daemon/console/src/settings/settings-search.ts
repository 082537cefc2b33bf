/** A dialog of the settings that is open, as the address has it. */
export interface SettingsSearch {
  /** A new namespace. */
  readonly new?: true;
  /** Key of the namespace that gets another name. */
  readonly rename?: string;
}

export function readSettingsSearch(search: Record<string, unknown>): SettingsSearch {
  if (search.new === true) return { new: true };
  return search.rename === undefined ? {} : { rename: String(search.rename) };
}
