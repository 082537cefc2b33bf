import { ErrorStrategy, FliptClient } from "@flipt-io/flipt-client-js";

/** The official client-side engine, fed with snapshots directly instead of over HTTP. */
export class ClientEngine {
  readonly client: FliptClient;
  readonly #next: { json: string; count: number };

  private constructor(client: FliptClient, next: { json: string; count: number }) {
    this.client = client;
    this.#next = next;
  }

  static async create(json: string, namespace = "default"): Promise<ClientEngine> {
    const next = { json, count: 0 };
    const client = await FliptClient.init({
      namespace,
      updateInterval: 0,
      errorStrategy: ErrorStrategy.Fail,
      fetcher: async () => {
        next.count += 1;
        return new Response(next.json, { headers: { etag: `${next.count}` } });
      },
    });
    return new ClientEngine(client, next);
  }

  /** Makes the engine read another snapshot. */
  async load(json: string): Promise<void> {
    this.#next.json = json;
    if (!(await this.client.refresh())) throw new Error("the engine did not take the snapshot");
  }
}
