type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Share of the requests in no trace that are kept, 0 to 1, as the SDK reads the variables of its samplers: what it does not
 * understand it tells of, and keeps all.
 */
export function rootRatio(env: Environment): number {
  const sampler = env.OTEL_TRACES_SAMPLER?.trim() ?? "";
  if (/^(parentbased_)?always_off$/.test(sampler)) return 0;
  if (!/^(parentbased_)?traceidratio$/.test(sampler)) return 1;
  const given = env.OTEL_TRACES_SAMPLER_ARG?.trim() ?? "";
  const ratio = given === "" ? 1 : Number(given);
  return ratio >= 0 && ratio <= 1 ? ratio : 1;
}
