/** Versions of the features format, oldest first; a document without one has the newest. */
export const FORMAT_VERSIONS = ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6"] as const;

export type FormatVersion = (typeof FORMAT_VERSIONS)[number];

export function isAtLeast(version: FormatVersion, least: FormatVersion): boolean {
  return FORMAT_VERSIONS.indexOf(version) >= FORMAT_VERSIONS.indexOf(least);
}
