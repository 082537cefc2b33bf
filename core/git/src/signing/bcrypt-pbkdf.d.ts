/** The package ships no types. */
declare module "bcrypt-pbkdf" {
  /** Fills `out` with key material; 0 on success. */
  export function pbkdf(
    password: Uint8Array,
    passwordLength: number,
    salt: Uint8Array,
    saltLength: number,
    out: Uint8Array,
    outLength: number,
    rounds: number,
  ): number;
}
