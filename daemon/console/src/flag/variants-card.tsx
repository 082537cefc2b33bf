import type { Flag } from "../api/types.js";
import { Badge } from "../ui/badge.js";
import { Card, Hint } from "../ui/card.js";
import { JsonText } from "../ui/json-text.js";
import { shorten } from "../ui/shorten.js";
import styles from "./item-list.module.css";

const MOST_CHARACTERS = 300;

export function VariantsCard({ flag }: { readonly flag: Flag }) {
  return (
    <Card title="Variants" count={flag.variants.length} bare>
      {flag.variants.length === 0 ? (
        <Hint>No variants: there is nothing that this flag could answer. Add one by editing it.</Hint>
      ) : (
        <ul className={styles.items}>
          {flag.variants.map(({ key, name, description, attachment }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: keys may come twice in a faulty file
            <li key={index}>
              <span className={styles.rank}>{index + 1}</span>
              <div className={styles.content}>
                <div className="row wrap">
                  <code>
                    <bdi>{shorten(key)}</bdi>
                  </code>
                  {name !== "" && name !== key && <bdi>{name.slice(0, MOST_CHARACTERS)}</bdi>}
                  {flag.defaultVariant === key && <Badge text="Default" tone="accent" />}
                </div>
                {description !== "" && (
                  <p className={`soft ${styles.description}`}>
                    <bdi>{description}</bdi>
                  </p>
                )}
                {attachment !== undefined && attachment !== null && (
                  <pre className={styles.json}>
                    <JsonText text={JSON.stringify(attachment, undefined, 2)} />
                  </pre>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
