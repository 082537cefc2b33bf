import { type CaseReport, faultLine, flagName, type ReportedCase } from "./case-report.js";

/** JUnit's XML: a suite for each tests file, and one for what could not be used. */
export function junitReport({ cases, faults }: CaseReport): string {
  const files = [...new Set(cases.map(({ file }) => file))];
  const suites = files.map((file) => {
    const own = cases.filter((one) => one.file === file);
    const failed = own.filter(({ failures }) => failures.length > 0).length;
    return `  <testsuite name=${xml(file)} tests="${own.length}" failures="${failed}" errors="0">\n${own.map(testCase).join("")}  </testsuite>\n`;
  });
  const errors = faults.map(
    (fault) =>
      `    <testcase classname="files" name=${xml(fault.file)}><error message=${xml(faultLine(fault).trim())}/></testcase>\n`,
  );
  const faulty =
    errors.length === 0
      ? ""
      : `  <testsuite name="files" tests="${errors.length}" failures="0" errors="${errors.length}">\n${errors.join("")}  </testsuite>\n`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}${faulty}</testsuites>\n`;
}

function testCase(one: ReportedCase): string {
  const head = `    <testcase classname=${xml(flagName(one))} name=${xml(one.name)} file=${xml(one.file)} line="${one.line}"`;
  if (one.failures.length === 0) return `${head}/>\n`;
  return `${head}><failure message=${xml(one.failures.join("; "))}/></testcase>\n`;
}

/** A text as the value of an attribute; XML 1.0 has no way to write control characters. */
function xml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  const writable = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  const escaped = writable.replace(/[&<>"\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `"${escaped}"`;
}
