import { type Asked, isBoolean, placeHeaders, TOKEN_VARIABLE } from "./asked.js";
import { members, quoted, wrapped } from "./literal.js";

export function pythonCode(asked: Asked): string {
  const { url, namespace, flag = "", entity, context, secured } = asked;
  const pair = (key: string, value: string): string => `${key}: ${value}`;
  const headers = members(placeHeaders(asked, false), pair);
  const options = [
    `url=${quoted(url)}`,
    ...(headers.length === 0 ? [] : [`headers=${wrapped("{", headers, "}", "  ")}`]),
    ...(secured ? [`authentication=ClientTokenAuthentication(os.environ["${TOKEN_VARIABLE}"])`] : []),
  ];
  const request = [
    `namespace_key=${quoted(namespace)}`,
    `flag_key=${quoted(flag)}`,
    `entity_id=${quoted(entity)}`,
    `context=${wrapped("{", members(Object.entries(context), pair), "}", "      ")}`,
  ];
  const imports = secured ? "import os\n\n" : "";
  return `# pip install flipt
${imports}from flipt import FliptClient
${secured ? "from flipt.authentication import ClientTokenAuthentication\n" : ""}from flipt.evaluation import EvaluationRequest

client = FliptClient(${wrapped("", options, "")})
answer = client.evaluation.${isBoolean(asked) ? "boolean" : "variant"}(
    EvaluationRequest(${wrapped("", request, "", "    ")})
)
print(answer.${isBoolean(asked) ? "enabled" : "variant_key"}, answer.reason)
`;
}
