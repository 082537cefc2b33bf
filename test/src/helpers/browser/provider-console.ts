import type { ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { startIssuer } from "../access/oidc-issuer.js";
import { freePort } from "../network/free-port.js";
import { EXAMPLE_FILES } from "../repositories/temporary-repository.js";
import { type OpenConsole, openConsole } from "./open-console.js";

const SECRET = "canary-secret-of-the-client";

/** A console of the example's files. */
export interface ProviderConsole extends OpenConsole {
  /** Address of its first page as browsers know it, without a slash at its end: another site than the provider. */
  readonly top: string;
}

/**
 * Opens a console whose users log in at the provider `corp`, and at nobody else.
 * @param base path below which it is, as `/flags`; default: none
 */
export async function providerConsole(t: ExecutionContext, base = ""): Promise<ProviderConsole> {
  const port = await freePort();
  const own = `http://localhost:${port}`;
  const top = own + base;
  const client = { client_id: "vexil", client_secret: SECRET };
  const issuer = await startIssuer(t, {
    hasForms: true,
    clients: () => [
      {
        ...client,
        redirect_uris: [`${top}/auth/v1/method/oidc/corp/callback`],
        post_logout_redirect_uris: [top],
      },
    ],
  });
  const corp = {
    ...client,
    issuer_url: issuer.url,
    redirect_address: top,
    scopes: ["email", "profile"],
    use_pkce: true,
    use_end_session_endpoint: true,
  };
  const config = {
    server: { http_port: port, ...(base !== "" && { base_path: base }) },
    authentication: {
      required: true,
      session: { domain: "localhost" },
      methods: { oidc: { enabled: true, providers: { corp } } },
    },
  };
  // A browser tells in its console of what is answered 401.
  const expected = [/status of 401/];
  const opened = await openConsole(t, EXAMPLE_FILES, { config, own, others: [issuer.url], expected });
  return { ...opened, top };
}

/** The user at the provider, Ada, who has not been there before. */
export async function signIn(page: Page): Promise<void> {
  await page.getByPlaceholder("Enter any login").fill("ada");
  await page.getByPlaceholder("and password").fill("of no interest");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}
