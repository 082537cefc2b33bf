import { type Asked, isBoolean, placeHeaders, TOKEN_VARIABLE } from "./asked.js";
import { members, quoted, scriptMember, wrapped } from "./literal.js";
import { ofrepContext } from "./shell.js";

/** OpenFeature asks for a variant's key as a string, and for a default of its own. */
export function openFeatureCode(asked: Asked): string {
  const { url, flag = "", secured } = asked;
  const headers = [
    ...members(placeHeaders(asked, true), scriptMember),
    ...(secured ? [`Authorization: \`Bearer \${process.env.${TOKEN_VARIABLE}}\``] : []),
  ];
  const options = [
    `baseUrl: ${quoted(url)}`,
    ...(headers.length === 0 ? [] : [`headers: ${wrapped("{", headers, "}", "  ")}`]),
  ];
  const context = members(Object.entries(ofrepContext(asked)), scriptMember);
  const method = isBoolean(asked) ? "getBooleanDetails" : "getStringDetails";
  return `// npm install @openfeature/server-sdk @openfeature/ofrep-provider
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";

await OpenFeature.setProviderAndWait(new OFREPProvider(${wrapped("{", options, "}")}));
const client = OpenFeature.getClient();
const answer = await client.${method}(${quoted(flag)}, ${isBoolean(asked) ? "false" : '""'}, ${wrapped("{", context, "}")});
console.log(answer.value, answer.reason);
`;
}
