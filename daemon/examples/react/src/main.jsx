import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature, OpenFeatureProvider } from "@openfeature/react-sdk";
import { createRoot } from "react-dom/client";
import { Shop } from "./shop.jsx";

const query = new URLSearchParams(location.search);
const baseUrl = query.get("vexil") ?? "http://127.0.0.1:8080";

// All answers for this user come at once, and again when Vexil says that something has changed.
await OpenFeature.setContext({ targetingKey: query.get("user") ?? "nobody", plan: query.get("plan") ?? "free" });
OpenFeature.setProvider(new OFREPWebProvider({ baseUrl, pollInterval: 5000 }));

createRoot(document.querySelector("#root")).render(
  <OpenFeatureProvider>
    <Shop />
  </OpenFeatureProvider>,
);
