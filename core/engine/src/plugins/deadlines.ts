/** Deadlines of the steps of a plugin's life, in milliseconds. */
export interface PluginDeadlines {
  readonly loadMs: number;
  readonly validateMs: number;
  readonly createMs: number;
  readonly useMs: number;
  readonly closeMs: number;
}

export const PLUGIN_DEADLINES: PluginDeadlines = {
  loadMs: 10_000,
  validateMs: 10_000,
  createMs: 10_000,
  useMs: 10_000,
  closeMs: 5_000,
};
