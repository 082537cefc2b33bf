// Writes vexil-<version>.cdx.json to the directory given, else to dist: in CycloneDX's format, which packages of others the
// published program holds.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Contrib, Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";
import { root, sourceDate, version } from "./packages/files.mjs";
import { heldPackages } from "./packages/held-packages.mjs";

const output = resolve(process.argv[2] ?? join(root, "dist"));
const locked = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
const licences = new Contrib.License.Factories.LicenseFactory();

const program = new Models.Component(Enums.ComponentType.Application, "vexil", { version, bomRef: `vexil@${version}` });
program.purl = `pkg:npm/vexil@${version}`;
program.licenses.add(licences.makeFromString("Apache-2.0"));
const bom = new Models.Bom({ metadata: new Models.Metadata({ component: program }) });
bom.metadata.timestamp = new Date(sourceDate() * 1_000);
for (const [folder, places] of heldPackages()) {
  const component = componentOf(folder, [...places].sort());
  bom.components.add(component);
  program.dependencies.add(component.bomRef);
}
const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
mkdirSync(output, { recursive: true });
const file = join(output, `vexil-${version}.cdx.json`);
writeFileSync(file, `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`);
process.stdout.write(`${file}\n`);

function componentOf(folder, places) {
  const { name, version: release, ...rest } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  const [group, plain] = name.startsWith("@") ? name.split("/") : [undefined, name];
  // A library may be there in two releases, and in two places in the same one.
  const component = new Models.Component(Enums.ComponentType.Library, plain, {
    group,
    version: release,
    bomRef: folder,
  });
  component.purl = `pkg:npm/${name.replace("@", "%40")}@${release}`;
  // Older packages have a list.
  const licence = rest.license ?? rest.licenses?.map(({ type }) => type).join(" OR ");
  if (typeof licence === "string" && licence !== "") component.licenses.add(licences.makeFromString(licence));
  const [algorithm, digest] = (locked[folder]?.integrity ?? "").split("-");
  if (algorithm === "sha512") {
    component.hashes.set(Enums.HashAlgorithm["SHA-512"], Buffer.from(digest, "base64").toString("hex"));
  }
  for (const place of places) component.properties.add(new Models.Property("vexil:place", place));
  return component;
}
