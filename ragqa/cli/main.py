"""The command line's entry: the options that come before a command, and where each command is. No pipeline logic lives here.

Exit codes: 0 done or answered, 1 something failed, 2 the command makes no sense, 3 the manuals do not say, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Any

import rich_click as click

from ragqa.cli.exits import EXIT_FAILED, EXIT_USAGE
from ragqa.cli.lazy import Entry, LazyGroup
from ragqa.cli.support import is_terminal

click.rich_click.TEXT_MARKUP = None
click.rich_click.SHOW_ARGUMENTS = True
click.rich_click.MAX_WIDTH = 110

COMMANDS = {
    "ingest": Entry("ragqa.cli.ingest:ingest", "Read manuals into an index: files, folders (recursively) or globs."),
    "ask": Entry("ragqa.cli.ask:ask", "Answer a question with the exact span of a manual, or say that the manuals do not say."),
    "search": Entry("ragqa.cli.ask:search", "Show the ranked passages for a question with their scores, without reading them."),
    "show": Entry("ragqa.cli.show:show", "Draw the page that an answer stands on, with its words boxed."),
    "tui": Entry("ragqa.cli.tui:tui", "Open the terminal UI: ask, ingest, correct, train and evaluate."),
    "serve": Entry("ragqa.cli.serve:serve", "Answer over HTTP: an API and a page for the browser, on this machine."),
    "mcp": Entry(
        "ragqa.cli.mcp:mcp",
        "Serve assistants over the Model Context Protocol: they ask, search and read the manuals.",
    ),
    "demo": Entry("ragqa.cli.demo:demo", "Show on the manuals that come with ragqa what it does, and say what to try next."),
    "watch": Entry(
        "ragqa.cli.watch:watch",
        "Keep an index in step with folders: files that are added, changed, renamed or deleted follow within seconds.",
    ),
    "index": Entry(
        "ragqa.cli.index:index", "Look after indexes: list, info, verify, rebuild, embed, move, label, rm, export, import."
    ),
    "model": Entry("ragqa.cli.model:model", "Look after trained readers and retrievers: list, info, use, rm, export, import."),
    "eval": Entry("ragqa.cli.evaluate:evaluate", "Measure retrieval, answers and confidence on question/answer pairs."),
    "check": Entry("ragqa.cli.evaluate:check", "Ask golden questions again and list the answers that are not what they were."),
    "triplets": Entry("ragqa.cli.train:triplets", "Find the answers of a QA file in the manuals, and show how well that went."),
    "finetune": Entry(
        "ragqa.cli.train:finetune",
        "Train a reader on your question/answer pairs, and let it answer for the index if it is better.",
    ),
    "feedback": Entry("ragqa.cli.feedback:feedback", "Look after what people said of answers: list, export, rm."),
    "completion": Entry("ragqa.cli.completion:completion", "Print the completion script of a shell."),
}


def main() -> None:
    """Entry point of the `ragqa` command."""
    try:
        ragqa(prog_name="ragqa")
    except BrokenPipeError:  # the reader of our output has gone, e.g. `ragqa search … | head`
        sys.stderr.close()
        sys.exit(EXIT_FAILED)


@click.group(
    cls=LazyGroup, entries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True
)
@click.version_option(package_name="ragqa")
@click.option("--home", metavar="DIR", type=click.Path(), help="Folder that holds indexes/ and models/. [default: .]")
@click.option("--threads", type=int, metavar="N", help="CPU threads. [default: every core]")
@click.option("--verbose", "-v", is_flag=True, help="Show tracebacks of errors.")
@click.option("--quiet", "-q", is_flag=True, help="No progress and no notes.")
@click.pass_context
def ragqa(context: click.Context, /, **_: Any) -> None:
    """Exact answers from large manuals, on your own machine.

    Point it at a folder of manuals (ragqa ingest manuals/), then ask (ragqa ask "What does E-24 mean?").
    Settings also come from ragqa.toml and RAGQA_* variables. Without a command, in a terminal, the terminal UI opens.
    """
    if context.invoked_subcommand is None:
        if is_terminal(sys.stdin) and is_terminal(sys.stdout):
            context.invoke(COMMANDS["tui"].load())
        else:
            click.echo(context.get_help())
            context.exit(EXIT_USAGE)
