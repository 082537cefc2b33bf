/** Flags as users write them: variants, rules, rollouts, segments, some metadata; in files of `size`, one namespace each. */
export function generatedFiles(flags: number, size = 500): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (let start = 0; start < flags; start += size) {
    const name = `team-${String(start / size).padStart(4, "0")}`;
    files.set(`${name}/features.yaml`, featuresFile(name, Math.min(size, flags - start)));
  }
  return files;
}

export function featuresFile(namespace: string, flags: number): string {
  const lines = ['version: "1.6"', "namespace:", `  key: ${namespace}`, `  name: Team ${namespace}`, "flags:"];
  for (let index = 0; index < flags; index += 1) lines.push(index % 2 === 0 ? variantFlag(index) : booleanFlag(index));
  lines.push("segments:");
  for (let index = 0; index < Math.max(1, flags / 10); index += 1) lines.push(segment(index, flags));
  return `${lines.join("\n")}\n`;
}

function variantFlag(index: number): string {
  return `  - key: flag-${index}
    name: Flag ${index}
    type: VARIANT_FLAG_TYPE
    description: Chooses the look of page ${index}
    enabled: true
    variants:
      - key: control
        default: true
      - key: treatment
        attachment:
          color: "#00${String(index % 100).padStart(2, "0")}ff"
          size: ${index}
    rules:
      - segment: segment-${Math.floor(index / 10)}
        distributions:
          - variant: control
            rollout: 50
          - variant: treatment
            rollout: 50`;
}

function booleanFlag(index: number): string {
  return `  - key: flag-${index}
    name: Flag ${index}
    type: BOOLEAN_FLAG_TYPE
    description: Switches part ${index} on
    enabled: false
    metadata:
      owner: team
    rollouts:
      - segment:
          key: segment-${Math.floor(index / 10)}
          value: true
      - threshold:
          percentage: ${(index * 7) % 100}
          value: true`;
}

function segment(index: number, flags: number): string {
  return `  - key: segment-${index}
    name: Segment ${index} of ${flags}
    match_type: ANY_MATCH_TYPE
    constraints:
      - type: STRING_COMPARISON_TYPE
        property: country
        operator: isoneof
        value: [de, fr, "${index}"]
      - type: NUMBER_COMPARISON_TYPE
        property: age
        operator: gte
        value: "${20 + (index % 50)}"`;
}
