export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/**
 * The scripts that make shells complete words of vexil. All ask `vexil completion words`, which answers with a line for each word:
 * the word, a tab and its description; `:file` or `:directory` where the shell knows better.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# vexil completion bash
_vexil() {
  local current="\${COMP_WORDS[COMP_CWORD]}" line word before=
  local -a words=()
  COMPREPLY=()
  # To bash an equals sign is a word of its own: an option and its value are put together again.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ("$word" == "=" || "$before" == "=") && \${#words[@]} -gt 0 ]]; then
      words[\${#words[@]}-1]+="$word"
    else
      words+=("$word")
    fi
    before="$word"
  done
  [[ "$current" == "=" ]] && current=
  while IFS= read -r line; do
    case "$line" in
      :file) mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames 2>/dev/null ;;
      :directory) mapfile -t COMPREPLY < <(compgen -d -- "$current"); compopt -o filenames 2>/dev/null ;;
      *)
        line="\${line%%$'\\t'*}"
        # What stands before an equals sign is a word of its own to bash.
        case "$current" in --*=*) ;; *) line="\${line##--*=}" ;; esac
        [[ "$line" == "$current"* ]] && COMPREPLY+=("$line")
        ;;
    esac
  done < <(vexil completion words -- "\${words[@]}" 2>/dev/null)
}
complete -F _vexil vexil
`,
  zsh: `#compdef vexil
# vexil completion zsh
_vexil() {
  local line
  local -a found
  for line in "\${(@f)$(vexil completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case "$line" in
      '') ;;
      :file) _files; return ;;
      :directory) _files -/; return ;;
      *$'\\t'*) found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) found+=("\${line//:/\\\\:}") ;;
    esac
  done
  _describe -V vexil found
}
if [ "$funcstack[1]" = "_vexil" ]; then _vexil "$@"; else compdef _vexil vexil; fi
`,
  fish: `# vexil completion fish
function __vexil_words
    set -l words (commandline -opc) (commandline -ct)
    for line in (vexil completion words -- $words[2..-1] 2>/dev/null)
        switch $line
            case ':file'
                __fish_complete_path (commandline -ct)
            case ':directory'
                __fish_complete_directories (commandline -ct) ''
            case '*'
                echo $line
        end
    end
end
complete -c vexil -f -a '(__vexil_words)'
`,
};
