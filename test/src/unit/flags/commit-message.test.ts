import { commitMessage } from "@vexil/flags/edit/commit-message";
import { parseTemplate, toTemplateData } from "@vexil/plugin-api/template";
import test from "ava";

const environment = { key: "production", default: true, storage: "main", directory: "prod" };
const change = { verb: "create", type: "flag", namespace: "default", key: "foo" } as const;
const message = (template: string | undefined): string => commitMessage(template, { environment, changes: [change] });

test("without a template, a commit says what it does", (t) => {
  t.is(message(undefined), "create flag default/foo");
  const gone = { verb: "delete", type: "namespace", namespace: "ops", key: "ops" } as const;
  t.is(commitMessage(undefined, { environment, changes: [gone] }), "delete namespace ops");
  t.is(
    commitMessage(undefined, { environment, changes: [change, gone] }),
    "updated multiple resources\n\ncreate flag default/foo\ndelete namespace ops\n",
  );
});

test("a rollback's commit says that it is one, and of what", (t) => {
  const back = { ...change, verb: "update", rolledBackTo: "2f1c0e4b7a9d83c6e5f40112233445566778899a" } as const;
  t.is(commitMessage(undefined, { environment, changes: [back] }), "roll back flag default/foo to 2f1c0e4b7a9d");
  const template = "{{ range .Changes }}{{ .Verb }}: {{ . }}{{ end }}";
  t.is(
    commitMessage(template, { environment, changes: [back] }),
    "roll back: roll back flag default/foo to 2f1c0e4b7a9d",
  );
});

const cases: readonly (readonly [template: string, expected: string])[] = [
  ["flags({{ .Environment.Name }}): {{ index .Changes 0 }}", "flags(production): create flag default/foo"],
  ["{{ range .Changes }}{{ .Verb }} {{ .Resource.Key }};{{ end }}", "create foo;"],
  [
    "{{ range $i, $c := .Changes }}{{ $i }}={{ $c.Resource.Type.Name }} {{ $.Environment.Storage }}{{ end }}",
    "0=Flag main",
  ],
  [
    "{{ range $c := .Changes }}{{ with $c.Resource }}{{ .Type.Package }}/{{ .Namespace }}{{ end }}{{ end }}",
    "flipt.core/default",
  ],
  ['{{ if eq .Environment.Name "staging" "production" }}a{{ else }}b{{ end }}', "a"],
  ["{{ if not .Environment.Default }}a{{ else if gt (len .Changes) 1 }}b{{ else }}c{{ end }}", "c"],
  ["{{ (index .Changes 0).Verb }} {{ len .Changes }}", "create 1"],
  // A field after a variable or a bracket, with white space between, is an operand of its own.
  [
    "{{ range $c := .Changes }}{{ print $c.Verb .Resource.Key }}{{ print $c .Verb }}{{ end }}",
    "createfoocreate flag default/foocreate",
  ],
  [
    "{{ print (len .Changes) .Environment.Default }}{{ with $n := 1 }}{{ print $n $.Environment.Storage }}{{ end }}",
    "1 true1main",
  ],
  ['a {{- /* a comment */ -}} b {{- " " -}} c', "ab c"],
  ['x{{/* c */}}y{{ "a}}b" }}', "xya}}b"],
  [
    '{{ printf "%-6s|%03d|%q|%v|%t|%%" .Environment.Storage 7 "x" .Changes true }}',
    'main  |007|"x"|[create flag default/foo]|true|%',
  ],
  ['{{ print "a" 1 2 "b" }}{{ println "c" 3 }}', "a1 2bc 3\n"],
  ['{{ $n := .Environment.Name }}{{ $n = print $n "!" }}{{ $n }}', "production!"],
  ['{{ .Environment.Name | printf "%s-%s" "on" }}', "on-production"],
  ["{{ if and .Environment.Default (or false .Changes) }}yes{{ end }}", "yes"],
  ["{{ with nil }}a{{ else }}none{{ end }}", "none"],
  ["{{ range .Changes }}{{ break }}x{{ end }}done", "done"],
  ["{{ lt 1 2 }} {{ le 2 2 }} {{ ge 1 2 }} {{ ne 1 2 }}", "true true false true"],
  ["`{{ `raw {{` }}`", "`raw {{`"],
  ["line\n{{- if true }}\n  kept\n{{- end }}\n", "line\n  kept\n"],
];

for (const [template, expected] of cases) {
  test(`template ${JSON.stringify(template)}`, (t) => {
    t.is(message(template), expected);
  });
}

for (const template of [
  "{{ .X",
  "{{ if true }}",
  "{{ end }}",
  "{{ else }}",
  "{{ nope .X }}",
  "{{ $x }}",
  '{{ "a }}',
  "{{ }}",
  "{{ (index .Changes 0 }}",
  "{{ if true }}a{{ else }}b{{ else }}c{{ end }}",
  "{{ break }}",
  "{{ .A | .B }}",
  "{{ 1 2 }}",
]) {
  test(`no template: ${JSON.stringify(template)}`, (t) => {
    t.throws(() => parseTemplate(template), { name: "TemplateSyntaxError", message: /^line 1: / });
  });
}

test("functions want the arguments that they have", (t) => {
  for (const template of ["{{ not 1 2 }}", "{{ ne 1 }}", "{{ lt 1 2 3 }}", '{{ len "a" "b" }}', "{{ 1 | ne }}"]) {
    t.throws(() => message(template), { message: /wrong number of args/ }, template);
  }
});

test("a template that fails when it runs is an error that says why", (t) => {
  t.throws(() => message("{{ .Nope }}"), { code: "VEXIL_VALIDATION_TEMPLATE", message: /can't evaluate field Nope/ });
  t.throws(() => message("{{ index .Changes 3 }}"), { message: /index out of range: 3/ });
  t.throws(() => message('{{ lt 1 "a" }}'), { message: /incompatible types/ });
});

test("an empty result falls back to the default message", (t) => {
  t.is(message("{{ if false }}x{{ end }}\n"), "create flag default/foo");
});

test("a template that a repository brings costs and prints only so much", (t) => {
  const ranges = (levels: number): string => `${"{{range $.Changes}}".repeat(levels)}x${"{{end}}".repeat(levels)}`;
  const doubled = `{{$x := "0123456789abcdef"}}${"{{$x = print $x $x}}".repeat(60)}{{$x}}`;
  const two = [
    { verb: "create", type: "flag", namespace: "default", key: "foo" },
    { verb: "delete", type: "flag", namespace: "default", key: "bar" },
  ] as const;
  const print = (template: string): string => commitMessage(template, { environment, changes: two });
  t.throws(() => print(ranges(60)), { code: "VEXIL_VALIDATION_TEMPLATE", message: /takes more than 100000 steps/ });
  const empty = parseTemplate("{{range .list}}{{range $.list}}{{end}}{{end}}");
  const list = Array.from({ length: 1_000 }, () => 1);
  t.throws(() => empty.render(toTemplateData({ list })), { message: /takes more than 100000 steps/ });
  t.throws(() => print(doubled), { message: /prints more than 65536 characters/ });
  t.throws(() => print(`${ranges(15).replace("x", "x".repeat(100))}`), { message: /prints more than 65536/ });
  t.is(print('{{printf "%999999999s|%0999999999d|%5s" "x" 1 "y"}}'), "%!(BADWIDTH)|%!(BADWIDTH)|    y");
  t.throws(() => parseTemplate(ranges(65)), { message: /nested deeper than 64 levels/ });
  t.throws(() => parseTemplate(`{{${"(".repeat(65)}1${")".repeat(65)}}}`), { message: /nested deeper than 64 levels/ });
  t.throws(() => parseTemplate("x".repeat(16_385)), { message: /longer than 16384 characters/ });
});

test("templates of blanks and of many actions take time in proportion to them", (t) => {
  for (const template of [`{{- ""}}${" ".repeat(16_000)}x{{- ""}}`, "\n{{1}}".repeat(2_700)]) {
    const before = process.cpuUsage();
    for (let times = 0; times < 10; times += 1) parseTemplate(template);
    t.true(process.cpuUsage(before).user < 2_000_000);
  }
});
