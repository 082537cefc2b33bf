import styles from "./badge.module.css";

export type Tone = "plain" | "good" | "warn" | "bad" | "accent";

export function Badge({ text, tone = "plain" }: { readonly text: string; readonly tone?: Tone }) {
  return (
    <span className={`${styles.badge} ${tone === "plain" ? "" : styles[tone]}`} title={text.slice(0, 300)}>
      <span>
        <bdi>{text.slice(0, 300)}</bdi>
      </span>
    </span>
  );
}
