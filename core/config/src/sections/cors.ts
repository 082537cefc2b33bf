import { boolean, list } from "@vexil/plugin-api/settings";
import { z } from "zod";

const HEADERS =
  "Accept Authorization Content-Type X-CSRF-Token X-Flipt-Accept-Server-Version X-Flipt-Environment X-Flipt-Namespace If-None-Match";

export const cors = z
  .object({
    enabled: boolean().prefault(false),
    allowed_origins: list().prefault("*").describe("Origins, or * for any. A given list replaces the default."),
    allowed_headers: list().prefault(HEADERS).describe("A given list replaces the default."),
  })
  .prefault({});
