import { boolean, duration, path, size } from "@vexil/plugin-api/settings";
import { z } from "zod";

/** Accounts of what was served. */
export const history = z
  .object({
    journal: z
      .object({
        enabled: boolean()
          .optional()
          .describe("Keep an account of what was served when; by default where the backend is durable."),
        path: path().optional().describe("Directory for it (else beside the storage's data, or the state directory)."),
        size: size().prefault("16MB").describe("Bytes of one storage's account at most."),
        retention: duration().prefault("8760h").describe("Times that lie further back are not told from it."),
      })
      .prefault({})
      .describe("What times in requests are answered by."),
  })
  .prefault({});
