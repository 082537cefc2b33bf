import { TimeSlice } from "@vexil/plugin-api/time-slice";
import type { ReadCases } from "../cases/flag-case.js";
import type { ParsedFile } from "../read/document.js";
import type { Extent } from "../read/extents.js";
import type { FileLayout } from "../read/file-layout.js";
import type { InspectedFile } from "../read/inspected-file.js";
import type { Position } from "../read/line-column.js";
import type { ValuePlace } from "../read/locate-values.js";
import type { ReadSettings } from "../read/read-settings.js";
import type { FileParser, SourceFile } from "./file-parser.js";
import { ParseFailure } from "./parse-failure.js";
import { fromReplies } from "./parse-job.js";
import { ParseRunner, type ParseRunnerOptions } from "./parse-runner.js";

/**
 * Parses in processes of its own. A file that crashes, fills or hangs its process is a file with a fault; the process
 * is replaced, and the file is not tried again for a while.
 */
export class ProcessParser implements FileParser {
  readonly #runner: ParseRunner;

  constructor(options: ParseRunnerOptions) {
    this.#runner = new ParseRunner(options);
  }

  /** Starts a process before there is work for it. */
  warmUp(): void {
    this.#runner.warmUp();
  }

  async parse(file: SourceFile): Promise<ParsedFile> {
    try {
      const { chunks, reply } = await this.#runner.run(file, { type: "parse" });
      if (reply.type !== "parsed") throw new TypeError(`unexpected reply ${reply.type}`);
      return await fromReplies(chunks, reply, new TimeSlice());
    } catch (error) {
      const fault = { file: file.path, line: 1, column: 1, reason: reasonOf(error), namespaces: [] };
      return { documents: [], faults: [fault], sha1: "", ...unreadBy(error) };
    }
  }

  async inspect(file: SourceFile): Promise<InspectedFile> {
    try {
      const { reply } = await this.#runner.run(file, { type: "inspect" });
      if (reply.type !== "inspected") throw new TypeError(`unexpected reply ${reply.type}`);
      return reply.file;
    } catch (error) {
      const finding = { rule: "syntax", severity: "error", message: reasonOf(error), line: 1, column: 1 } as const;
      return { findings: [finding], documents: undefined };
    }
  }

  async layout(file: SourceFile): Promise<FileLayout | undefined> {
    try {
      const { reply } = await this.#runner.run(file, { type: "layout" });
      return reply.type === "layout" ? reply.layout : undefined;
    } catch {
      return undefined;
    }
  }

  async locate(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Position[]> {
    try {
      const { reply } = await this.#runner.run(file, { type: "locate", places });
      return reply.type === "located" ? reply.positions : [];
    } catch {
      return [];
    }
  }

  async extents(file: SourceFile, places: readonly ValuePlace[]): Promise<readonly Extent[]> {
    try {
      const { reply } = await this.#runner.run(file, { type: "extents", places });
      return reply.type === "extents" ? reply.extents : [];
    } catch {
      return [];
    }
  }

  async settings(file: SourceFile): Promise<ReadSettings> {
    try {
      const { reply } = await this.#runner.run(file, { type: "settings" });
      if (reply.type !== "settings") throw new TypeError(`unexpected reply ${reply.type}`);
      return { settings: reply.settings, faults: reply.faults };
    } catch (error) {
      const fault = { file: file.path, line: 1, column: 1, reason: reasonOf(error), namespaces: [""] };
      return { settings: { commitMessage: undefined }, faults: [fault], ...unreadBy(error) };
    }
  }

  async cases(file: SourceFile): Promise<ReadCases> {
    try {
      const { reply } = await this.#runner.run(file, { type: "cases" });
      if (reply.type !== "cases") throw new TypeError(`unexpected reply ${reply.type}`);
      return reply.read;
    } catch (error) {
      const fault = { file: file.path, line: 1, column: 1, reason: reasonOf(error), namespaces: [] };
      return { cases: [], faults: [fault], ...unreadBy(error) };
    }
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}

function reasonOf(error: unknown): string {
  return `the file cannot be parsed: ${error instanceof Error ? error.message : String(error)}`;
}

function unreadBy(error: unknown): { readonly unread?: true } {
  return error instanceof ParseFailure && error.mayPass ? { unread: true } : {};
}
