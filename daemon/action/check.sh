#!/usr/bin/env bash
# What the action runs. Faults and failing tests go to stdout as annotations, the comparison to the summary of the run.
# Variables: DIRECTORIES, BASE, FAIL_ABOVE, STRICT, VEXIL (see action.yml). Exit code 1 if anything is wrong.
set -uo pipefail
read -ra vexil <<<"${VEXIL:-vexil}"
read -ra directories <<<"${DIRECTORIES:-.}"
[ ${#directories[@]} -gt 0 ] || directories=(.)
strict=()
[ "${STRICT:-false}" != true ] || strict=(--strict)

status=0
"${vexil[@]}" validate --format github "${strict[@]}" "${directories[@]}" || status=1

tested=()
for directory in "${directories[@]}"; do
  [ -z "$(find "$directory" -name 'features.test.*' -not -path '*/.git/*' -print -quit 2>/dev/null)" ] || tested+=("$directory")
done
if [ ${#tested[@]} -gt 0 ]; then
  "${vexil[@]}" test --format github "${tested[@]}" || status=1
fi

# What cannot be read cannot be compared.
base=${BASE:-${GITHUB_BASE_REF:+origin/$GITHUB_BASE_REF}}
if [ "$status" = 0 ] && [ -n "$base" ]; then
  limit=()
  [ -z "${FAIL_ABOVE:-}" ] || limit=(--fail-above "$FAIL_ABOVE")
  for directory in "${directories[@]}"; do
    code=0
    comparison=$("${vexil[@]}" diff "$base" --local "$directory" --format markdown "${limit[@]}") || code=$?
    printf '%s\n' "$comparison" >>"${GITHUB_STEP_SUMMARY:-/dev/stdout}"
    [ "$code" = 0 ] || status=1
    [ "$code" != 1 ] || echo "::error title=vexil diff::$directory: a flag answers more than $FAIL_ABOVE otherwise"
    [ "$code" != 2 ] || echo "::error title=vexil diff::$directory cannot be compared with $base"
  done
fi
exit "$status"
