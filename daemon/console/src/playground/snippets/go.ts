import { type Asked, isBoolean, TOKEN_VARIABLE } from "./asked.js";
import { members, quoted, wrapped } from "./literal.js";

export function goCode(asked: Asked): string {
  const { url, environment, namespace, flag = "", entity, context, secured } = asked;
  const pairs = members(Object.entries(context), (key, value) => `${key}: ${value}`);
  const request = [
    ...(environment === "default" ? [] : [`EnvironmentKey: ${quoted(environment)}`]),
    `NamespaceKey: ${quoted(namespace)}`,
    `FlagKey: ${quoted(flag)}`,
    `EntityId: ${quoted(entity)}`,
    `Context: ${wrapped("map[string]string{", pairs, "}", "\t\t", "\t")}`,
  ];
  const provider = `sdk.StaticTokenAuthenticationProvider(os.Getenv("${TOKEN_VARIABLE}"))`;
  const method = isBoolean(asked) ? "Boolean" : "Variant";
  return `// go get go.flipt.io/flipt/sdk/go
package main

import (
	"context"
	"fmt"
	"log"
${secured ? '\t"os"\n' : ""}
	"go.flipt.io/flipt/rpc/flipt/evaluation"
	sdk "go.flipt.io/flipt/sdk/go"
	"go.flipt.io/flipt/sdk/go/http"
)

func main() {
	transport := http.NewTransport(${quoted(url)})
	client := sdk.New(transport${secured ? `, sdk.WithAuthenticationProvider(${provider})` : ""})
	answer, err := client.Evaluation().${method}(context.Background(), ${wrapped("&evaluation.EvaluationRequest{", request, "}", "\t", "\t")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.${isBoolean(asked) ? "Enabled" : "VariantKey"}, answer.Reason)
}
`;
}
