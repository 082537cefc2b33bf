import type { Flag } from "../api/types.js";
import { Badge } from "../ui/badge.js";
import { Card } from "../ui/card.js";
import { JsonText } from "../ui/json-text.js";
import styles from "./metadata-card.module.css";

export function MetadataCard({ flag }: { readonly flag: Flag }) {
  const entries = Object.entries(flag.metadata ?? {});
  return (
    <Card title="Metadata" count={entries.length}>
      {entries.length === 0 ? (
        <p className="soft">None. An owner, tags or a ticket help others to find this flag.</p>
      ) : (
        <dl className={styles.list}>
          {entries.map(([key, value]) => (
            <Entry key={key} name={key} value={value} />
          ))}
        </dl>
      )}
    </Card>
  );
}

function Entry({ name, value }: { readonly name: string; readonly value: unknown }) {
  const isPlain = Array.isArray(value) && value.every((one) => typeof one !== "object");
  return (
    <>
      <dt>
        <bdi>{name}</bdi>
      </dt>
      <dd>
        {isPlain ? (
          <span className={styles.values}>
            {[...new Set(value.map(String))].map((one) => (
              <Badge key={one} text={one} />
            ))}
          </span>
        ) : typeof value === "string" ? (
          <bdi>{value}</bdi>
        ) : (
          <code>
            <JsonText text={JSON.stringify(value)} />
          </code>
        )}
      </dd>
    </>
  );
}
