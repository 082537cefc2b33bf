import { errorOf } from "../api/api-error.js";
import { BASE } from "../api/base.js";
import type { Method } from "../api/types.js";

/** A place that logs people in: a button of the page. */
export interface Provider {
  readonly name: string;
  /** Path that tells where to send the browser. */
  readonly authorize: string;
}

/** Those of the methods that are enabled. */
export function providersOf(methods: readonly Method[]): readonly Provider[] {
  return methods.flatMap(({ method, enabled, metadata = {} }) => {
    if (!enabled) return [];
    if (method === "METHOD_GITHUB") return provider("GitHub", metadata);
    if (method !== "METHOD_OIDC") return [];
    const { providers } = metadata;
    if (typeof providers !== "object" || providers === null) return [];
    return Object.entries(providers).flatMap(([name, addresses]) => provider(name, addresses));
  });
}

function provider(name: string, addresses: unknown): readonly Provider[] {
  if (typeof addresses !== "object" || addresses === null || !("authorize_url" in addresses)) return [];
  const { authorize_url: authorize } = addresses;
  // Another server's address is not one to go to.
  return typeof authorize === "string" && /^\/[^/\\]/.test(authorize) ? [{ name, authorize }] : [];
}

/** Sends the browser to log in, and from there to a page of this one. @throws ApiError */
export async function goToProvider({ authorize }: Provider, page: string): Promise<void> {
  const response = await fetch(`${BASE}${authorize.slice(1)}?state=${encodeURIComponent(page)}`);
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw errorOf(response, body);
  const url = (body as { readonly authorizeUrl?: unknown } | undefined)?.authorizeUrl;
  if (typeof url !== "string" || !/^https?:\/\//.test(url)) throw errorOf(response, "the provider has no address");
  location.assign(url);
}
