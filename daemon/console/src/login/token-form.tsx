import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { hasStatus, wordsOf } from "../api/api-error.js";
import { selfQuery } from "../api/queries.js";
import { holdToken } from "../api/token.js";
import { Button } from "../ui/button.js";
import { TextField } from "../ui/field.js";
import styles from "./login-page.module.css";

/** Logs in by a token, which is tried before it counts. */
export function TokenForm({ onDone }: { readonly onDone: () => void }) {
  const queries = useQueryClient();
  const [token, setToken] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const login = async (): Promise<void> => {
    setBusy(true);
    holdToken(token.trim());
    try {
      await queries.fetchQuery({ ...selfQuery, staleTime: 0 });
      queries.clear();
      onDone();
    } catch (fault) {
      holdToken(undefined);
      setError(hasStatus(fault, 401) ? "This token is not known here." : wordsOf(fault));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (/^[\x21-\x7e]+$/.test(token.trim())) void login();
    else setError("A token has letters, digits and signs, and no spaces.");
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextField
        label="Token"
        type="password"
        value={token}
        error={error}
        required
        onChange={({ target }) => {
          setToken(target.value);
          setError(undefined);
        }}
      />
      <Button type="submit" look="primary" disabled={busy} className={styles.wide ?? ""}>
        {busy ? "Logging in…" : "Log in"}
      </Button>
    </form>
  );
}
