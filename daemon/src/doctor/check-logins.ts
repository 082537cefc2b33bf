import { randomBytes } from "node:crypto";
import type { Config } from "@vexil/config/config";
import type { Examination } from "./examination.js";
import { type DoctorReport, failedStep } from "./report.js";

export type LoginReport = NonNullable<DoctorReport["logins"]>[number];

const ANSWER_MS = 15_000;

/** Begins a login at every provider, which nobody goes on with: that takes its description and its keys' address. */
export async function checkLogins(config: Config, examination: Examination): Promise<readonly LoginReport[]> {
  const reports = await Promise.all(
    config.authentication.methods.map(async (method) => {
      const opened = await examination.openMethod(method);
      try {
        const { login } = opened;
        if (login === undefined) return [];
        return await Promise.all(
          (login.providers ?? [undefined]).map(async (provider): Promise<LoginReport> => {
            const id = provider === undefined ? method.method : `${method.method}/${provider}`;
            const text = (): string => randomBytes(32).toString("base64url");
            const flow = { provider, state: text(), nonce: text(), codeVerifier: text() };
            try {
              const url = await login.authorize(flow, AbortSignal.timeout(ANSWER_MS));
              return {
                id,
                ok: true,
                steps: [{ step: "provider", ok: true, message: `users go to ${new URL(url).origin}` }],
              };
            } catch (error) {
              return { id, ok: false, steps: [failedStep("provider", error)] };
            }
          }),
        );
      } finally {
        await opened.close();
      }
    }),
  );
  return reports.flat();
}
