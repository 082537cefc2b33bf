import type { Flag } from "../api/types.js";
import { Badge } from "../ui/badge.js";

export function TypeBadge({ type }: Pick<Flag, "type">) {
  return type === "BOOLEAN_FLAG_TYPE" ? <Badge text="Boolean" /> : <Badge text="Variant" tone="accent" />;
}
