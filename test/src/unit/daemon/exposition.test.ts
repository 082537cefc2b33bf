import test from "ava";
import { exposition } from "../../../../daemon/dist/http/metrics/exposition.js";

test("the text of metrics: special numbers, escaped texts, and processes under one heading", (t) => {
  const lag = (worker: string, value: number) =>
    ({
      name: "lag_seconds",
      help: "Lag.",
      type: "gauge",
      samples: [{ metricName: "lag_seconds", labels: { worker }, value }],
    }) as const;
  const text = exposition([
    lag("primary", Number.NaN),
    {
      name: "wait",
      help: "Back\\slash\nand line.",
      type: "histogram",
      samples: [
        { metricName: "wait_bucket", labels: { le: "+Inf", key: 'a"b\\c\nd' }, value: 2 },
        { metricName: "wait_sum", labels: {}, value: Number.POSITIVE_INFINITY },
      ],
    },
    lag("1", 0.5),
    { name: "none_total", help: "Nothing.", type: "counter", samples: [] },
  ]);
  t.is(
    text,
    String.raw`# HELP lag_seconds Lag.
# TYPE lag_seconds gauge
lag_seconds{worker="primary"} NaN
lag_seconds{worker="1"} 0.5

# HELP wait Back\\slash\nand line.
# TYPE wait histogram
wait_bucket{le="+Inf",key="a\"b\\c\nd"} 2
wait_sum +Inf

# HELP none_total Nothing.
# TYPE none_total counter
`,
  );
});
