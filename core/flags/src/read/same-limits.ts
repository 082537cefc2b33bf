import type { FeatureLimits } from "./document.js";

/** Tells whether a file that keeps to one keeps to the other. */
export function sameLimits(a: FeatureLimits, b: FeatureLimits): boolean {
  return a.fileBytes === b.fileBytes && a.depth === b.depth && a.aliases === b.aliases && a.files === b.files;
}
