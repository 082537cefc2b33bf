import { ApiClient } from "../client/api-client.js";
import type { StatusAnswer } from "../client/status-text.js";
import { type ItemType, namespacesPath, resourcesPath, TYPE_NAMES } from "../items/item-paths.js";
import { givenValue } from "./candidates.js";

/** Kinds of names that a daemon knows. */
export type ServedKind = "environment" | "namespace" | "storage" | ItemType;

/** Somebody at a keyboard waits for it. */
const ANSWER_MS = 1_500;

/**
 * Keys that a daemon serves, as the words of a command name it.
 * @returns nothing where none answers in time: completing is no place for errors
 */
export async function servedNames(kind: ServedKind, words: readonly string[]): Promise<readonly string[]> {
  const late = new Promise<readonly string[]>((resolve) => {
    setTimeout(resolve, ANSWER_MS, []).unref();
  });
  return Promise.race([ask(kind, words).catch(() => []), late]);
}

async function ask(kind: ServedKind, words: readonly string[]): Promise<readonly string[]> {
  const files = {
    url: givenValue(words, "--url"),
    tokenFile: givenValue(words, "--token-file"),
    config: givenValue(words, "-c", "--config"),
    caFile: givenValue(words, "--ca-file"),
    clientCert: givenValue(words, "--client-cert"),
    clientKey: givenValue(words, "--client-key"),
  };
  const given = Object.fromEntries(Object.entries(files).filter(([, value]) => value !== undefined));
  const client = await ApiClient.open(given);
  if (kind === "environment") {
    const { environments } = (await client.ask("GET", "/api/v2/environments")) as Listed<"environments">;
    return environments.map(({ key }) => key);
  }
  if (kind === "storage") {
    const { storages } = (await client.ask("GET", "/api/status")) as StatusAnswer;
    return storages.map(({ id }) => id);
  }
  const environment = givenValue(words, "-e", "--environment");
  const namespace = givenValue(words, "-n", "--namespace");
  const place = {
    ...(environment !== undefined && { environment }),
    ...(namespace !== undefined && { namespace }),
  };
  if (kind === "namespace") {
    const { items } = (await client.ask("GET", await namespacesPath(client, place))) as Listed<"items">;
    return items.map(({ key }) => key);
  }
  const path = `${await resourcesPath(client, place)}/${TYPE_NAMES[kind]}`;
  const { resources } = (await client.ask("GET", path)) as Listed<"resources">;
  return resources.map(({ key }) => key);
}

type Listed<K extends string> = Readonly<Record<K, readonly { readonly key: string }[]>>;
