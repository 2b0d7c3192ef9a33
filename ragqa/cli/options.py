"""Every option that more than one command has, or that is a setting, defined once: its parsing, its help and its completion.

What a setting's option says and takes by default stands in `ragqa.config`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import rich_click as click

from ragqa.config import AskSettings, Bounds, IngestSettings, RetrieverSettings, Settings, TrainSettings
from ragqa.errors import RagqaError, UsageError

Decorator = Callable[[Any], Any]
Completion = Callable[[click.Context, click.Parameter, str], list[Any]]
_KINDS = {"int": int, "float": float, "str": str}


def setting_option(
    *names: str, of: type, setting: str, metavar: str | None, told: str = "", default: str = "", complete: Any = None
) -> Decorator:
    """An option for one of the settings: its type is the setting's, as are its help and default where `told` and `default` do
    not say otherwise. Values out of range are told by the setting itself."""
    item = of.__dataclass_fields__[setting]  # type: ignore[attr-defined]
    bounds: Bounds = item.metadata["bounds"]
    listed = item.type.startswith("tuple")
    choices = [choice for choice in bounds.choices if choice]
    kind: Any = click.Choice(choices) if choices else _KINDS[item.type.partition(" | ")[0]] if not listed else str
    told = told or item.metadata["told"]
    if not listed:
        told = f"{told} [default: {default or item.default}]"
    metavar = None if bounds.choices else metavar  # the choices themselves are told
    return click.option(*names, setting, type=kind, metavar=metavar, multiple=listed, help=told, shell_complete=complete)


def together(*options: Decorator) -> Decorator:
    """Options that always come together, shown in this order."""

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def _completion(names: Callable[[click.Context], list[str]]) -> Completion:
    """The shell's completion of names: those that begin as typed; none where they cannot be looked for, for the line that is
    being typed is no place for an error."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        with suppress(RagqaError, OSError):
            return [name for name in names(context) if name.startswith(incomplete)]
        return []

    return complete


def _paths(kind: str) -> Completion:
    """The shell's own completion of paths, for what is taken as text, since it may be a glob, an address or a hub name too."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type=kind)]

    return complete


complete_path, complete_folder = _paths("file"), _paths("dir")


@_completion
def complete_index(context: click.Context) -> list[str]:
    """The names of indexes."""
    from ragqa.paths import index_names

    return index_names(_home(context))


@_completion
def complete_reader(context: click.Context) -> list[str]:
    """The names of readers."""
    from ragqa.engine import reader_names

    return reader_names(_home(context))


@_completion
def complete_model(context: click.Context) -> list[str]:
    """The names of readers and retrievers."""
    from ragqa.engine import model_names

    return model_names(_home(context))


@_completion
def complete_shown(context: click.Context) -> list[str]:
    """The last answer, and the documents with pages."""
    from ragqa.engine import RagQA

    names = ["last"]
    with suppress(RagqaError):
        documents = RagQA(context.params.get("index"), home=_home(context)).documents()
        names += [f"{one.path}:" for one in documents if one.pages is not None]
    return names


@_completion
def complete_metadata(context: click.Context) -> list[str]:
    """What documents are labelled with."""
    from ragqa.engine import RagQA
    from ragqa.metadata import told

    counted = RagQA(context.params.get("index"), home=_home(context)).metadata()
    return list(told({key: tuple(values) for key, values in counted.items()}))


def _home(context: click.Context) -> Any:
    from ragqa.settings import load_settings

    return context.find_root().params.get("home") or load_settings().home


def share_of(text: str) -> float:
    """The share, between 0 and 1, that "5%" or "0.05" means. Raises UsageError for anything else."""
    number = text.strip().removesuffix("%")
    try:
        share = float(number) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise UsageError(f"'{text}' is no share between 0 and 1", hint="Write 5% or 0.05.")
    return share


# What questions are asked of, and where.
index_option = setting_option("--index", "-i", of=Settings, setting="index", metavar="NAME", complete=complete_index)
document_option = click.option("--document", "-d", metavar="GLOB", help="Look only in documents whose path matches GLOB.")
section_option = click.option(
    "--section", metavar="TEXT", help="Look only in sections whose heading path contains TEXT; A > B: B under A."
)
metadata_option = click.option(
    "--meta", "metadata", metavar="KEY=VALUE", multiple=True, shell_complete=complete_metadata,
    help="Look only in documents labelled so (may be repeated); VALUE may be a glob.",
)  # fmt: skip
use_document_option = click.option(
    "--use-document", is_flag=True, help="Look each question up only in the document its line names."
)


def _for_the_root(name: str) -> Any:
    """Keeps an option's value with those before the command's name, for whoever makes the engine."""

    def keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value is not None:
            context.find_root().params[name] = value

    return keep


server_options = together(
    click.option(
        "--server", metavar="URL", expose_value=False, callback=_for_the_root("server"),
        help="Ask a ragqa server instead of an index here; URL#NAME names the index. [default: RAGQA_SERVER]",
    ),
    click.option(
        "--token-file", type=click.Path(path_type=Path), metavar="FILE", expose_value=False, callback=_for_the_root("token_file"),
        help="A file that holds the server's token. [default: RAGQA_TOKEN]",
    ),
)  # fmt: skip

# How they are answered.
top_k_option = setting_option("--top-k", of=AskSettings, setting="top_k", metavar="N")
answers_option = setting_option("--answers", of=AskSettings, setting="answers", metavar="N")
threshold_option = setting_option("--threshold", of=AskSettings, setting="threshold", metavar="P", default="the reader's")
reader_option = setting_option(
    "--reader", of=AskSettings, setting="reader", metavar="MODEL", default="the one of the index", complete=complete_reader
)
effort_option = setting_option("--effort", of=AskSettings, setting="effort", metavar="EFFORT")
embedder_option = setting_option(
    "--embedder", of=IngestSettings, setting="embedder", metavar="MODEL", default="the one of the index", complete=complete_path
)
new_embedder_option = setting_option("--embedder", of=IngestSettings, setting="embedder", metavar="MODEL", complete=complete_path)
ocr_option = setting_option("--ocr", of=IngestSettings, setting="ocr", metavar=None)
timeout_option = setting_option("--timeout", of=IngestSettings, setting="parse_seconds", metavar="SECONDS")
backend_option = setting_option(
    "--backend", of=IngestSettings, setting="backend", metavar=None, default="the index's own, embedded for a new one"
)
backend_uri_option = setting_option(
    "--backend-uri", of=IngestSettings, setting="backend_uri", metavar="URI", default="none", complete=complete_path
)
fallback_option = setting_option("--fallback", of=AskSettings, setting="fallback", metavar=None)
include_option = setting_option("--include", of=IngestSettings, setting="include", metavar="GLOB")
exclude_option = setting_option("--exclude", of=IngestSettings, setting="exclude", metavar="GLOB")
label_option = setting_option("--meta", of=IngestSettings, setting="metadata", metavar="KEY=VALUE", complete=complete_metadata)

audit_option = click.option(
    "--audit", is_flag=True, help="Compare files with what was read of them: what was left out, and what no block holds."
)

# Files of questions, and what is printed.
qa_argument = click.argument("qa", type=click.Path(path_type=Path), metavar="QA")
strict_option = click.option("--strict", is_flag=True, help="Stop at the first line of QA that cannot be used.")
max_wrong_option = click.option(
    "--max-wrong", metavar="P%", help="The threshold that keeps wrong answers to at most P% of those given (5% or 0.05)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
embed_option = click.option(
    "--no-embed", "embed", is_flag=True, flag_value=False, default=True,
    help="Leave making a retriever's vectors to: ragqa index embed.",
)  # fmt: skip
yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")

search_options = together(embedder_option, top_k_option, document_option, section_option, metadata_option, fallback_option)
asking_options = together(
    reader_option,
    effort_option,
    top_k_option,
    threshold_option,
    document_option,
    metadata_option,
    use_document_option,
    strict_option,
)


def _taught_default(setting: str) -> str:
    """What a training's setting is by default, and what it is for a retriever, where that differs; empty where it does not."""
    ours, other = TrainSettings.__dataclass_fields__[setting].default, RetrieverSettings.__dataclass_fields__.get(setting)
    return "" if other is None or other.default == ours else f"{ours}; with --retriever: {other.default}"


training_options = together(
    *(
        setting_option(name, of=TrainSettings, setting=setting, metavar=metavar, default=default or _taught_default(setting))
        for name, setting, metavar, default in (
            ("--epochs", "epochs", "N", ""),
            ("--lr", "learning_rate", "RATE", ""),
            ("--batch-size", "batch_size", "N", ""),
            ("--val", "validation", "SHARE", ""),
            ("--patience", "patience", "N", ""),
            ("--max-answer-tokens", "max_answer_tokens", "N", "from the answers"),
            ("--negatives", "negatives", "N", ""),
            ("--objective", "objective", "KIND", ""),
            ("--device", "device", "DEVICE", ""),
            ("--seed", "seed", "N", ""),
        )
    )
)
