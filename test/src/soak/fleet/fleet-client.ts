/** Flag whose default variant is `n<number>`: each change makes the number greater. */
export const COUNTER = "counter";
export const NAMESPACES = ["default", "ops"] as const;
export type Namespace = (typeof NAMESPACES)[number];

const DEADLINE_MS = 60_000;

export const counterFile = (namespace: Namespace, value: number): string => `namespace: ${namespace}
flags:
  - key: ${COUNTER}
    name: Counter
    type: VARIANT_FLAG_TYPE
    enabled: true
    variants:
      - key: n${value}
        default: true
`;

function send(url: string, path: string, method: string, body?: unknown): Promise<Response> {
  return fetch(`${url}${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
}

/** The number that an evaluation is answered with. */
export async function evaluated(url: string, namespace: Namespace): Promise<number> {
  const body = { namespaceKey: namespace, flagKey: COUNTER, entityId: "ada", context: {} };
  const response = await send(url, "/evaluate/v1/variant", "POST", body);
  const text = await response.text();
  const found = /"variantKey":"n(\d+)"/.exec(text)?.[1];
  if (response.status !== 200 || found === undefined) throw new Error(`${response.status} ${text}`);
  return Number(found);
}

const resources = (namespace: Namespace): string => `/api/v2/environments/default/namespaces/${namespace}/resources`;

/** The commit that a daemon serves. */
export async function servedCommit(url: string): Promise<string> {
  const response = await send(url, "/api/v2/environments/default/namespaces", "GET");
  return ((await response.json()) as { revision: string }).revision;
}

export interface CounterWrite {
  /** `unknown`: there was no answer that says what has become of it. */
  readonly outcome: "acknowledged" | "refused" | "unknown";
  /** The commit, when it was acknowledged. */
  readonly revision?: string;
  /** Status and code of the answer, or why there was none. */
  readonly told: string;
}

/** Sets the counter, as somebody does who has looked at it just before. */
export async function writeCounter(url: string, namespace: Namespace, value: number): Promise<CounterWrite> {
  let sent = false;
  try {
    const shown = await send(url, `${resources(namespace)}/flipt.core.Flag/${COUNTER}`, "GET");
    if (shown.status !== 200) return { outcome: "refused", told: `look: ${toldBy(shown)}` };
    const { revision } = (await shown.json()) as { revision: string };
    const payload = {
      "@type": "flipt.core.Flag",
      ...{ key: COUNTER, name: "Counter", type: "VARIANT_FLAG_TYPE", enabled: true },
      variants: [{ key: `n${value}` }],
      defaultVariant: `n${value}`,
    };
    sent = true;
    const answer = await send(url, resources(namespace), "PUT", { key: COUNTER, payload, revision });
    const told = toldBy(answer);
    if (answer.status === 200)
      return { outcome: "acknowledged", revision: ((await answer.json()) as { revision: string }).revision, told };
    return { outcome: answer.status >= 500 ? "unknown" : "refused", told };
  } catch (error) {
    const { name, code } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    return { outcome: sent ? "unknown" : "refused", told: `${sent ? "" : "look: "}${code ?? name}` };
  }
}

function toldBy({ status, headers }: Response): string {
  return `${status} ${headers.get("vexil-error") ?? ""}`.trim();
}
