import { type Asked, isBoolean, placeHeaders, TOKEN_VARIABLE } from "./asked.js";
import { members, quoted } from "./literal.js";

export function javaCode(asked: Asked): string {
  const { url, namespace, flag = "", entity, context, secured } = asked;
  const entry = (key: string, value: string): string => `Map.entry(${key}, ${value})`;
  const map = (entries: readonly (readonly [string, string])[]): string =>
    `Map.ofEntries(${members(entries, entry).join(", ")})`;
  const headers = placeHeaders(asked, false);
  const method = isBoolean(asked) ? "Boolean" : "Variant";
  const strategy = `new ClientTokenAuthenticationStrategy(System.getenv("${TOKEN_VARIABLE}"))`;
  return `// io.flipt:flipt-java
import io.flipt.api.FliptClient;
${secured ? "import io.flipt.api.authentication.ClientTokenAuthenticationStrategy;\n" : ""}import io.flipt.api.evaluation.models.EvaluationRequest;
import java.util.Map;

public class Main {
  public static void main(String[] args) {
    var client =
        FliptClient.builder()
            .url(${quoted(url)})
${headers.length === 0 ? "" : `            .headers(${map(headers)})\n`}${secured ? `            .authentication(${strategy})\n` : ""}            .build();
    var request =
        EvaluationRequest.builder()
            .namespaceKey(${quoted(namespace)})
            .flagKey(${quoted(flag)})
            .entityId(${quoted(entity)})
            .context(${map(Object.entries(context))})
            .build();
    var answer = client.evaluation().evaluate${method}(request);
    System.out.println(answer.${isBoolean(asked) ? "isEnabled" : "getVariantKey"}() + " " + answer.getReason());
  }
}
`;
}
