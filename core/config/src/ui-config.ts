/** The web console. */
export interface UiConfig {
  readonly enabled: boolean;
  /** For whoever has chosen none. */
  readonly defaultTheme: "system" | "light" | "dark";
  /** `#rgb` or `#rrggbb`; `""`: the usual one. */
  readonly topbarColor: string;
  readonly topbarLabel: string;
}
