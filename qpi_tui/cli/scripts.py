"""The completion scripts. Each calls `qpi-tui _complete`, which prints `word TAB description` lines."""

from __future__ import annotations

_BASH = r"""# qpi-tui: completion for bash
_qpi_tui() {
    local cur line so_far=${COMP_LINE:0:COMP_POINT}
    local -a words
    COMPREPLY=()
    # The words of the line, without bash's own breaks at : and =.
    read -ra words <<< "$so_far"
    [[ $so_far == *[[:space:]] ]] && words+=("")
    cur=${words[${#words[@]}-1]}
    while IFS=$'\t' read -r line _; do
        [[ $line == "$cur"* ]] && COMPREPLY+=("$line")
    done < <(qpi-tui _complete "${words[@]:1}" 2>/dev/null)
    type __ltrim_colon_completions &>/dev/null && __ltrim_colon_completions "$cur"
    return 0
}
complete -o default -F _qpi_tui qpi-tui
"""

_ZSH = r"""#compdef qpi-tui
# qpi-tui: completion for zsh
_qpi_tui() {
    local -a found
    local line word what
    while IFS=$'\t' read -r word what; do
        word=${word//:/\\:}
        found+=("${word}${what:+:$what}")
    done < <(qpi-tui _complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#found} )); then
        _describe 'qpi-tui' found
    else
        _files
    fi
}
if [ "$funcstack[1]" = "_qpi_tui" ]; then
    _qpi_tui "$@"
else
    compdef _qpi_tui qpi-tui
fi
"""

_FISH = r"""# qpi-tui: completion for fish
function __qpi_tui_complete
    set -l words (commandline -opc) (commandline -ct)
    qpi-tui _complete $words[2..-1] 2>/dev/null
end
complete -c qpi-tui -f -a '(__qpi_tui_complete)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
