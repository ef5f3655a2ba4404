"""`simulate completion SHELL`: a script that completes commands, scenario ids and options. Law: what it completes is
asked of `simulate` itself at that moment, so it is never out of date.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.cli import screen
from simulator.errors import UsageError

BASH = """\
# eval "$(simulate completion bash)"
_simulate() {
    local word="${COMP_WORDS[COMP_CWORD]}"
    COMPREPLY=($(compgen -W "$(simulate completion words "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "$word"))
    if [ ${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -F _simulate simulate
"""
ZSH = """\
#compdef simulate
# eval "$(simulate completion zsh)"
_simulate() {
    local -a words_found
    words_found=(${(f)"$(simulate completion words ${words[2,CURRENT-1]} 2>/dev/null)"})
    compadd -a words_found || _files
}
if [ "$funcstack[1]" = "_simulate" ]; then _simulate; else compdef _simulate simulate; fi
"""
FISH = """\
# simulate completion fish | source
complete -c simulate -f -a '(simulate completion words (commandline -opc)[2..-1] 2>/dev/null)'
"""
SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


def run(arguments: Sequence[str]) -> int:
    """Prints the script; with "words", what may follow the words given (the scripts ask this)."""
    if arguments and arguments[0] == "words":
        screen.write("".join(word + "\n" for word in words(arguments[1:])))
        return 0
    if arguments and arguments[0] in ("-h", "--help"):
        screen.write(
            ' simulate completion bash|zsh|fish\n\n bash: eval "$(simulate completion bash)"\n'
            ' zsh:  eval "$(simulate completion zsh)"\n fish: simulate completion fish | source\n'
        )
        return 0
    if len(arguments) != 1 or arguments[0] not in SHELLS:
        raise UsageError("completion needs the name of a shell", "simulate completion bash, zsh or fish")
    screen.write(SHELLS[arguments[0]])
    return 0


def words(before: Sequence[str]) -> list[str]:
    """What may come behind these words."""
    from importlib import import_module

    from simulator.cli.main import COMMANDS
    from simulator.cli.options import Option
    from simulator.scenario import loader

    folders = tuple(before[n + 1] for n, word in enumerate(before[:-1]) if word == "--scenarios")
    ids = [entry.id for entry in loader.ids(folders)]
    if not before:
        return [*COMMANDS, *ids, "--help", "--version"]
    module = COMMANDS.get(before[0], ("scenario",))[0]
    options: Sequence[Option] = getattr(import_module(f"simulator.cli.{module}"), "OPTIONS", ())
    last = next((o for o in options if before[-1] in o.names and o.value), None)
    if last is not None:
        return list(last.choices)
    if before[0] == "show" and len(before) == 1:
        return ids
    if before[0] == "completion":
        return list(SHELLS)
    return [name for option in options for name in option.names if name.startswith("--")] + ["--help"]
