"""The command that lets a shell complete the others."""

from __future__ import annotations

import rich_click as click

from ragqa.cli.support import edge

BASH = r"""_ragqa_completion() {
    local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}" words=() last=-1 word number whole prefix="" response type value
    for ((number = 0; number <= COMP_CWORD; number++)); do  # bash splits brand=Aqua at its =: what no blank parts is one word
        word="${COMP_WORDS[number]}"
        whole="${line#"${line%%[![:blank:]]*}"}"
        if ((last < 0)) || [[ "$whole" != "$line" ]]; then
            words[++last]="$word"
        else
            words[last]+="$word"
        fi
        line="${whole#"$word"}"
    done
    word="${words[last]}"
    if [[ "$word" != [\"\']* ]]; then  # and completes only what stands behind the =
        for ((number = 0; number < ${#COMP_WORDBREAKS}; number++)); do
            type="${COMP_WORDBREAKS:number:1}"
            if [[ "$type" == [=:] && "$word" == *"$type"* ]]; then
                whole="${word%"${word##*"$type"}"}"
                ((${#whole} > ${#prefix})) && prefix="$whole"
            fi
        done
        [[ "$prefix" == --*=* ]] && prefix="${prefix#*=}"
    fi
    response=$(env COMP_WORDS="${words[*]}" COMP_CWORD=$last _RAGQA_COMPLETE=bash_complete "$1")
    while IFS=',' read -r type value; do
        if [[ "$type" == dir ]]; then
            COMPREPLY=()
            compopt -o dirnames
        elif [[ "$type" == file ]]; then
            COMPREPLY=()
            compopt -o default
        elif [[ "$type" == plain ]]; then
            value="${value#"$prefix"}"
            [[ "$word" == *[\"\']* ]] || printf -v value %q "$value"
            COMPREPLY+=("$value")
        fi
    done <<< "$response"
}

complete -o nosort -F _ragqa_completion ragqa"""
"""As click's, but for values that stand behind an = or a colon, or have blanks."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
@edge
def completion(context: click.Context, shell: str) -> int:
    """Print the completion script of a shell.

    For bash: eval "$(ragqa completion bash)"
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    source = BASH if shell == "bash" else kind(context.find_root().command, {}, "ragqa", "_RAGQA_COMPLETE").source()
    click.echo(source)
    return 0
