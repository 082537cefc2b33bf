/** One value of a metric. Its name is the metric's own, or that with an ending such as `_bucket`. */
export interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A metric and its values. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram" | "summary";
  readonly samples: readonly Sample[];
}

/** The text format of Prometheus, version 0.0.4. Families of the same name, of several processes, become one. */
export function exposition(families: readonly MetricFamily[]): string {
  const byName = new Map<string, MetricFamily[]>();
  for (const family of families) {
    const same = byName.get(family.name);
    if (same === undefined) byName.set(family.name, [family]);
    else same.push(family);
  }
  const texts: string[] = [];
  for (const [name, [first, ...rest]] of byName) {
    if (first === undefined) continue;
    const lines = [`# HELP ${name} ${escaped(first.help)}`, `# TYPE ${name} ${first.type}`];
    for (const { samples } of [first, ...rest]) for (const sample of samples) lines.push(line(sample));
    texts.push(`${lines.join("\n")}\n`);
  }
  return texts.join("\n");
}

function line({ metricName, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escaped(String(text)).replace(/"/g, '\\"')}"`);
  return `${metricName}${pairs.length === 0 ? "" : `{${pairs.join()}}`} ${shownValue(value)}`;
}

function escaped(text: string): string {
  return text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
}

function shownValue(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
