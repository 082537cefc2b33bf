/**
 * The `revision` of a write as it is checked: blank, all-zero and non-hex ones skip the check;
 * any other is lower-cased, and filled up with zeros or cut to 40 digits.
 */
export function checkedRevision(given: string | undefined): string | undefined {
  const revision = given?.trim().toLowerCase() ?? "";
  if (!/^[0-9a-f]+$/.test(revision) || /^0+$/.test(revision)) return undefined;
  return revision.slice(0, 40).padEnd(40, "0");
}
