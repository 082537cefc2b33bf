import { fromFeaturesFiles } from "./features-files.js";
import { fromFlagd } from "./flagd.js";
import { fromGoFeatureFlag } from "./go-feature-flag.js";
import { fromGrowthBook } from "./growthbook.js";
import type { Converter } from "./import-source.js";
import { fromLaunchDarkly } from "./launchdarkly.js";
import { fromUnleash } from "./unleash.js";
import { fromVersionOne } from "./version-one.js";

/** By the names that `vexil import --from` takes. */
export const CONVERTERS = {
  vexil: fromFeaturesFiles,
  "flipt-v1": fromVersionOne,
  unleash: fromUnleash,
  launchdarkly: fromLaunchDarkly,
  "go-feature-flag": fromGoFeatureFlag,
  flagd: fromFlagd,
  growthbook: fromGrowthBook,
} as const satisfies Readonly<Record<string, Converter>>;

export type SourceSystem = keyof typeof CONVERTERS;

export const SOURCE_SYSTEMS = Object.keys(CONVERTERS) as readonly SourceSystem[];
