import type { Identity } from "@vexil/plugin-api";
import type { JWTPayload } from "jose";

/** Identity of a service account whose token is verified, as the exchange answers it. */
export function exchangedIdentity(payload: JWTPayload): Identity {
  const { namespace, pod, serviceaccount } = mapOf(payload["kubernetes.io"]);
  const texts: Readonly<Record<string, unknown>> = {
    namespace,
    "pod.name": mapOf(pod).name,
    "pod.uid": mapOf(pod).uid,
    "serviceaccount.name": mapOf(serviceaccount).name,
    "serviceaccount.uid": mapOf(serviceaccount).uid,
  };
  const named = Object.entries(texts).flatMap(([name, value]) =>
    typeof value === "string" && value !== "" ? [[`io.flipt.auth.k8s.${name}`, value]] : [],
  );
  return { ...baseOf(payload), metadata: Object.fromEntries(named) };
}

/** The same service account, as a request with its token is seen: that of any JWT. */
export function verifiedIdentity(payload: JWTPayload): Identity {
  const metadata = {
    "io.flipt.auth.jwt.issuer": String(payload.iss),
    "io.flipt.auth.claims": JSON.stringify(payload),
  };
  return { ...baseOf(payload), metadata };
}

function baseOf(payload: JWTPayload): Omit<Identity, "metadata"> {
  return { subject: String(payload.sub), claims: payload, expiresAt: (payload.exp ?? 0) * 1_000 };
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
