"""The command that lets a shell complete the others."""

from __future__ import annotations

import rich_click as click

from ragqa.cli.support import edge


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
    click.echo(kind(context.find_root().command, {}, "ragqa", "_RAGQA_COMPLETE").source())
    return 0
