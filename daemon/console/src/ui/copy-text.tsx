import { useState } from "react";
import { IconButton } from "./button.js";

/** Puts a text on the clipboard. */
export function CopyText({ text, label }: { readonly text: string; readonly label: string }) {
  const [done, setDone] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return (
    <IconButton
      icon={done ? "check" : "copy"}
      label={done ? "Copied" : label}
      onClick={() => void copy().catch(() => undefined)}
    />
  );
}
