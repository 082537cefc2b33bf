import type { IncomingHttpHeaders } from "node:http";

/**
 * Takes the password that a git client shows for a token, whoever the user may be: git knows `Basic` alone, unless it is
 * told to send a header of its own.
 */
export function takeBasic(headers: IncomingHttpHeaders): void {
  const encoded = /^basic +([\w+/]+=*)$/i.exec(headers.authorization ?? "")?.[1];
  if (encoded === undefined) return;
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const token = pair.slice(pair.indexOf(":") + 1);
  if (pair.includes(":") && token !== "") headers.authorization = `Bearer ${token}`;
}
