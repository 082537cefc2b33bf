/** Arguments and result of a resolve hook (node:module, "Customization hooks"). */
interface ResolveContext {
  readonly parentURL?: string | undefined;
}
type NextResolve<R> = (specifier: string, context: ResolveContext) => R;

const API = /^@vexil\/plugin-api(\/|$)/;

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === "ERR_MODULE_NOT_FOUND";
}

/** As a hook in its own thread: the importer's own copy of the API first, else the one this file belongs to. */
export async function resolve<R>(
  specifier: string,
  context: ResolveContext,
  next: NextResolve<Promise<R>>,
): Promise<R> {
  if (!API.test(specifier)) return next(specifier, context);
  try {
    return await next(specifier, context);
  } catch (error) {
    if (!isMissing(error)) throw error;
    // A package may import itself by name, so the parent only has to be any file of its own.
    return next(specifier, { ...context, parentURL: import.meta.url });
  }
}

/** The same for hooks that run in the importing thread. */
export function resolveSync<R>(specifier: string, context: ResolveContext, next: NextResolve<R>): R {
  if (!API.test(specifier)) return next(specifier, context);
  try {
    return next(specifier, context);
  } catch (error) {
    if (!isMissing(error) && (error as { code?: unknown } | undefined)?.code !== "MODULE_NOT_FOUND") throw error;
    return next(specifier, { ...context, parentURL: import.meta.url });
  }
}
