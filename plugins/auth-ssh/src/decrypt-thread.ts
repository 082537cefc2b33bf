import { parentPort, workerData } from "node:worker_threads";
import ssh2 from "ssh2";
import type { EncryptedKey } from "./encrypted-key.js";

// Opens one encrypted OpenSSH key and answers with it as PEM, or with undefined where the passphrase does not fit.
const { text, passphrase } = workerData as EncryptedKey;
const key = ssh2.utils.parseKey(text, passphrase);
parentPort?.postMessage(key instanceof Error || !key.isPrivateKey() ? undefined : key.getPrivatePEM());
