/** Routes that others begin with, as the API describes them. */
export const ENVIRONMENT = "/api/v2/environments/{environment}";
export const NAMESPACES = `${ENVIRONMENT}/namespaces` as const;
export const NAMESPACE = `${NAMESPACES}/{namespace}` as const;
export const RESOURCES = `${NAMESPACE}/resources` as const;
