import { context, type Span, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import type { Engine } from "@vexil/engine/model/engine";
import { VexilError } from "@vexil/plugin-api/errors";
import type { HeldContexts } from "./held-contexts.js";
import { fail } from "./sync-spans.js";
import type { TraceIds } from "./trace-ids.js";

/** Parts of the spans of writes. */
export interface EngineTracing {
  readonly tracer: Tracer;
  readonly ids: TraceIds;
  readonly contexts: HeldContexts;
}

/** An engine whose writes have spans below that of the request under way; pushes and builds find them by its id. */
export function tracedEngine(engine: Engine, { tracer, ids, contexts }: EngineTracing): Engine {
  const write = async <T>(
    name: string,
    attributes: Readonly<Record<string, string>>,
    requestId: string | undefined,
    run: (span: Span) => Promise<T>,
  ): Promise<T> => {
    const span = tracer.startSpan(name, { attributes });
    const release = contexts.hold();
    const end = requestId === undefined ? () => undefined : ids.during(requestId, span.spanContext());
    try {
      return await context.with(trace.setSpan(context.active(), span), () => run(span));
    } catch (error) {
      if (VexilError.is(error)) fail(span, error);
      else span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      end();
      release();
      span.end();
    }
  };
  return {
    write: (request) =>
      write(
        "write",
        { "vexil.environment": request.environment, "vexil.change": request.change.type },
        request.requestId,
        async (span) => {
          const result = await engine.write(request);
          span.setAttribute("vcs.ref.head.revision", result.revision);
          return result;
        },
      ),
    createBranch: (request) =>
      write("create branch", { "vexil.environment": request.base }, undefined, () => engine.createBranch(request)),
    deleteBranch: (request) =>
      write("delete branch", { "vexil.environment": request.base }, undefined, () => engine.deleteBranch(request)),
    get past() {
      return engine.past;
    },
    preview: (request, signal) => engine.preview(request, signal),
    history: (query) => engine.history(query),
    sources: (query) => engine.sources(query),
    upload: (storage, signal, work) => engine.upload(storage, signal, work),
    sync: (storage) => engine.sync(storage),
  };
}
