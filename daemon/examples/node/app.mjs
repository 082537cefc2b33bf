// A shop's server that asks Vexil, by OpenFeature, what each user sees.
import { createServer } from "node:http";
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";

const { VEXIL_URL = "http://127.0.0.1:8080", VEXIL_TOKEN, PORT = "3000" } = process.env;

const headers = VEXIL_TOKEN === undefined ? [] : [["Authorization", `Bearer ${VEXIL_TOKEN}`]];
await OpenFeature.setProviderAndWait(
  new OFREPProvider({ baseUrl: VEXIL_URL, headersFactory: () => headers, timeoutMs: 1000 }),
);
const flags = OpenFeature.getClient();

const server = createServer(async (request, response) => {
  const query = new URL(request.url ?? "/", "http://localhost").searchParams;
  const user = { targetingKey: query.get("user") ?? "nobody", plan: query.get("plan") ?? "free" };
  // The second argument is what counts while Vexil cannot be asked: the shop goes on.
  const [darkMode, checkout] = await Promise.all([
    flags.getBooleanValue("dark-mode", false, user),
    flags.getStringValue("checkout-page", "classic", user),
  ]);
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify({ darkMode, checkout }));
});
server.listen(Number(PORT), "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
process.once("SIGTERM", () => {
  server.close();
  server.closeAllConnections();
  void OpenFeature.close();
});
