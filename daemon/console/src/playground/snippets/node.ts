import { type Asked, isBoolean, placeHeaders, TOKEN_VARIABLE } from "./asked.js";
import { members, quoted, scriptMember, wrapped } from "./literal.js";

export function nodeCode(asked: Asked): string {
  const { url, namespace, flag = "", entity, context, secured } = asked;
  const headers = members(placeHeaders(asked, false), scriptMember);
  const options = [
    `url: ${quoted(url)}`,
    ...(headers.length === 0 ? [] : [`headers: ${wrapped("{", headers, "}", "  ")}`]),
    ...(secured ? [`authenticationStrategy: new ClientTokenAuthentication(process.env.${TOKEN_VARIABLE} ?? "")`] : []),
  ];
  const request = [
    `namespaceKey: ${quoted(namespace)}`,
    `flagKey: ${quoted(flag)}`,
    `entityId: ${quoted(entity)}`,
    `context: ${wrapped("{", members(Object.entries(context), scriptMember), "}", "  ")}`,
  ];
  return `// npm install @flipt-io/flipt
import { ${secured ? "ClientTokenAuthentication, " : ""}FliptClient } from "@flipt-io/flipt";

const client = new FliptClient(${wrapped("{", options, "}")});
const answer = await client.evaluation.${isBoolean(asked) ? "boolean" : "variant"}(${wrapped("{", request, "}")});
console.log(answer.${isBoolean(asked) ? "enabled" : "variantKey"}, answer.reason);
`;
}
