import test from "ava";
import { rootRatio } from "../../../../daemon/dist/telemetry/root-ratio.js";

const CASES = [
  [undefined, undefined, 1],
  ["always_on", "0.5", 1],
  ["always_off", undefined, 0],
  ["parentbased_always_off", "1", 0],
  ["traceidratio", "0.25", 0.25],
  [" parentbased_traceidratio ", " 0 ", 0],
  ["parentbased_traceidratio", undefined, 1],
  ["traceidratio", " ", 1],
  ["traceidratio", "1.5", 1],
  ["traceidratio", "-1", 1],
  ["traceidratio", "some", 1],
  ["smoke", "0.5", 1],
] as const;

for (const [sampler, argument, ratio] of CASES) {
  test(`of sampler ${sampler} with ${argument} the share is ${ratio}`, (t) => {
    t.is(rootRatio({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: argument }), ratio);
  });
}
