/** An encrypted key in OpenSSH's container, and what opens it. */
export interface EncryptedKey {
  readonly text: string;
  readonly passphrase: string;
}
