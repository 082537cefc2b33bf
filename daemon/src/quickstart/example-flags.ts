/** The example's flag files: path → text. */
export const EXAMPLE_FILES: Readonly<Record<string, string>> = {
  "README.md": `# Example flags

Each directory is a namespace; its flags and segments are in features.yaml. Edit, commit and push: Vexil serves the
change within seconds.
`,
  "default/features.yaml": `version: "1.6"
namespace:
  key: default
  name: Default
flags:
  # Which checkout users see. Beta testers get the new one, everybody else is split.
  - key: checkout-page
    name: Checkout page
    type: VARIANT_FLAG_TYPE
    enabled: true
    variants:
      - key: classic
        default: true
      - key: one-page
        attachment:
          steps: 1
          button: Buy now
    rules:
      - segment: beta-testers
        distributions:
          - variant: one-page
            rollout: 100
      - segment: everybody
        distributions:
          - variant: classic
            rollout: 80
          - variant: one-page
            rollout: 20
  - key: dark-mode
    name: Dark mode
    type: BOOLEAN_FLAG_TYPE
    description: The dark theme, for beta testers and half of the rest
    enabled: false
    rollouts:
      - segment:
          key: beta-testers
          value: true
      - threshold:
          percentage: 50
          value: true
segments:
  - key: beta-testers
    name: Beta testers
    match_type: ANY_MATCH_TYPE
    constraints:
      - type: STRING_COMPARISON_TYPE
        property: plan
        operator: isoneof
        value: [beta, internal]
      - type: ENTITY_ID_COMPARISON_TYPE
        property: entityId
        operator: suffix
        value: "@example.com"
  - key: everybody
    name: Everybody
    match_type: ALL_MATCH_TYPE
`,
  "operations/features.yaml": `version: "1.6"
namespace:
  key: operations
  name: Operations
flags:
  - key: read-only
    name: Read-only mode
    type: BOOLEAN_FLAG_TYPE
    description: Refuse changes while the database is being moved
    enabled: false
  - key: log-level
    name: Log level
    type: VARIANT_FLAG_TYPE
    enabled: true
    variants:
      - key: info
        default: true
      - key: debug
    rules:
      - segment: canary-hosts
        distributions:
          - variant: debug
            rollout: 100
segments:
  - key: canary-hosts
    name: Canary hosts
    match_type: ALL_MATCH_TYPE
    constraints:
      - type: STRING_COMPARISON_TYPE
        property: host
        operator: prefix
        value: canary-
`,
};
