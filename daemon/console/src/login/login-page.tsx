import { useQuery } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { wordsOf } from "../api/api-error.js";
import { BASE } from "../api/base.js";
import { methodsQuery } from "../api/queries.js";
import { Button } from "../ui/button.js";
import { Icon } from "../ui/icons.js";
import { Failed, Loading } from "../ui/states.js";
import { useTitle } from "../ui/use-title.js";
import styles from "./login-page.module.css";
import { goToProvider, type Provider, providersOf } from "./providers.js";
import { TokenForm } from "./token-form.js";

/** Every way to log in that the server has. */
export function LoginPage() {
  useTitle("Log in");
  const { to = "/" } = useSearch({ from: "/login" });
  const router = useRouter();
  const { data: methods, error, refetch } = useQuery(methodsQuery);
  const [fault, setFault] = useState<string>();
  if (methods === undefined) return error ? <Failed isPage error={error} again={() => void refetch()} /> : <Loading />;
  // Only pages of this console: whoever wrote the address may mean somebody else's.
  const page = /^\/(?![/\\])/.test(to) ? to : "/";
  const providers = providersOf(methods);
  const takesToken = methods.some(
    ({ method, enabled }) => enabled && !["METHOD_GITHUB", "METHOD_OIDC", "METHOD_CERTIFICATE"].includes(method),
  );
  const go = (provider: Provider): void => {
    goToProvider(provider, BASE.slice(0, -1) + page).catch((reason: unknown) => setFault(wordsOf(reason)));
  };
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <div>
          <span className={styles.mark}>
            <Icon name="flag" size={26} />
          </span>
          <h1>Log in to Vexil</h1>
        </div>
        {fault !== undefined && (
          <p className={styles.bad} role="alert">
            {fault}
          </p>
        )}
        {providers.map((provider) => (
          <Button key={provider.authorize} className={styles.wide ?? ""} onClick={() => go(provider)}>
            Continue with {provider.name}
          </Button>
        ))}
        {providers.length > 0 && takesToken && <div className={styles.or}>or</div>}
        {takesToken && <TokenForm onDone={() => router.history.push(BASE.slice(0, -1) + page)} />}
        {providers.length === 0 && !takesToken && (
          <p className="soft">
            No way to log in is configured. If nobody has to, <Link to="/">go to the flags</Link>; else set one up under{" "}
            <code>authentication.methods</code>.
          </p>
        )}
      </div>
    </main>
  );
}
