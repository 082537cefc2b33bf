import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";

/**
 * The least cost of hearing of a change: a session that listens, five small questions one after the other, as a commit,
 * two trees, a ref and a file are, and node:http. The first message names the database.
 */
let name = "";
const server = createServer((_request, response) => response.end(JSON.stringify({ flags: [{ name }] })));

async function follow(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const look = async (): Promise<void> => {
    let found = "";
    for (let question = 0; question < 5; question += 1) {
      found = String((await client.query("select name from bare")).rows[0]?.name);
    }
    name = found;
  };
  client.on("notification", () => void look());
  await client.query("listen bare");
}

process.on("message", (message: { readonly database: string }) => {
  void follow(message.database).then(() => process.send?.({ ready: true }));
});
server.listen(0, "127.0.0.1", () => {
  process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
