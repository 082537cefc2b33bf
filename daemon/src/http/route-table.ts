/** Facts about a route that a table needs. */
export interface TabledRoute {
  readonly method: string;
  readonly path: string;
}

interface Template<R> {
  readonly segments: readonly string[];
  /** Number of segments that are no parameters: of two templates that match, the more literal one wins. */
  readonly literals: number;
  readonly routes: Map<string, R>;
}

export interface RouteMatch<R> {
  /** The routes of the path by method. */
  readonly routes: ReadonlyMap<string, R>;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds the routes of a path, whatever the method: what tells a wrong method from an unknown path. */
export class RouteTable<R extends TabledRoute> {
  readonly #byLength = new Map<number, Template<R>[]>();

  constructor(routes: readonly R[]) {
    for (const route of routes) this.#add(route);
    for (const templates of this.#byLength.values()) templates.sort((a, b) => b.literals - a.literals);
  }

  match(segments: readonly string[]): RouteMatch<R> | undefined {
    for (const template of this.#byLength.get(segments.length) ?? []) {
      const params = paramsOf(template, segments);
      if (params !== undefined) return { routes: template.routes, params };
    }
    return undefined;
  }

  #add(route: R): void {
    const segments = route.path.slice(1).split("/");
    const templates = this.#byLength.get(segments.length) ?? [];
    this.#byLength.set(segments.length, templates);
    const shape = segments.map((segment) => (isParameter(segment) ? "{}" : segment)).join("/");
    let template = templates.find(
      (known) => known.segments.map((segment) => (isParameter(segment) ? "{}" : segment)).join("/") === shape,
    );
    if (template === undefined) {
      template = { segments, literals: segments.filter((segment) => !isParameter(segment)).length, routes: new Map() };
      templates.push(template);
    }
    template.routes.set(route.method, route);
  }
}

const isParameter = (segment: string): boolean => segment.startsWith("{");

function paramsOf(template: Template<unknown>, segments: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, expected] of template.segments.entries()) {
    const segment = segments[index] ?? "";
    if (isParameter(expected)) {
      if (segment === "") return undefined;
      params[expected.slice(1, -1)] = segment;
    } else if (segment !== expected) return undefined;
  }
  return params;
}
