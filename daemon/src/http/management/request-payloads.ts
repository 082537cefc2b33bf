import { z } from "zod";
import { enumerationSchema, messageSchema, NAME_SCHEMA } from "../request-schemas.js";

const name = NAME_SCHEMA.min(1);
const anyMap = z.record(z.string(), z.unknown());
const anyList = z.array(z.unknown());
const typeUrl = (type: string): z.ZodType => z.string().regex(new RegExp(`^([^\\s]*/)?flipt\\.core\\.${type}$`));

/** A `flipt.core.Flag` of a request. Its rules and rollouts look as they do in answers; they need segments that exist. */
export const flagRequestSchema = messageSchema(
  {
    key: z.string(),
    type: enumerationSchema(["VARIANT_FLAG_TYPE", "BOOLEAN_FLAG_TYPE"]),
    description: z.string(),
    enabled: z.boolean(),
    variants: z.array(
      messageSchema(
        {
          name: NAME_SCHEMA,
          description: z.string(),
          attachment: z.union([anyMap, anyList]),
        },
        { key: name },
      ),
    ),
    metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), anyMap, anyList])),
  },
  { "@type": typeUrl("Flag"), name },
);

/** A `flipt.core.Namespace` of a request that makes several changes. */
export const namespaceRequestSchema = messageSchema(
  { name: NAME_SCHEMA, description: z.string() },
  { "@type": typeUrl("Namespace") },
);

/** A `flipt.core.Segment` of a request. */
export const segmentRequestSchema = messageSchema(
  {
    key: z.string(),
    matchType: enumerationSchema(["ALL_MATCH_TYPE", "ANY_MATCH_TYPE"]),
    description: z.string(),
  },
  { "@type": typeUrl("Segment"), name },
);
