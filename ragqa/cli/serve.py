"""The command that answers over HTTP; the only place where the command line knows of the server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import rich_click as click

from ragqa.cli.options import complete_folder, complete_path, index_option, setting_option, together
from ragqa.cli.support import edge, quiet, root_settings, show
from ragqa.config import ServeSettings, Settings, WatchSettings, override
from ragqa.errors import IndexMissing, RagqaError, UsageError
from ragqa.paths import DATABASE
from ragqa.types import FileState

if TYPE_CHECKING:
    from ragqa.engine import RagQA

serve_options = together(
    *(
        setting_option(name, of=ServeSettings, setting=setting, metavar=metavar, default=default, complete=complete)
        for name, setting, metavar, default, complete in (
            ("--host", "host", "ADDRESS", "", None),
            ("--port", "port", "N", "", None),
            ("--name", "names", "HOST:PORT", "", None),
            ("--token-file", "token_file", "FILE", "none", complete_path),
            ("--root", "roots", "FOLDER", "", complete_folder),
            ("--workers", "workers", "N", "", None),
            ("--at-once", "at_once", "N", "as measured", None),
            ("--effort-when-busy", "effort_when_busy", "EFFORT", "as always", None),
            ("--queue", "queue", "N", "", None),
            ("--seconds", "seconds", "N", "", None),
            ("--upload-mb", "upload_mb", "N", "", None),
        )
    )
)


@click.command()
@index_option
@serve_options
@click.option("--demo", is_flag=True, help="Serve the manuals that come with ragqa, from an index of their own.")
@click.option(
    "--watch", "watched", metavar="SOURCE", multiple=True, shell_complete=complete_folder,
    help="Keep the index in step with it: see ragqa watch.",
)  # fmt: skip
@edge
def serve(index: str | None, demo: bool, watched: tuple[str, ...], **options: Any) -> int:
    """Answer over HTTP: an API and a page for the browser, on this machine.

    Other machines are let in only with --host, and a token: that of the variable RAGQA_TOKEN, or those of --token-file.
    """
    settings = root_settings()
    given = {name: None if value == () else value for name, value in options.items()}
    if demo and index is None:
        from ragqa.demo.tour import INDEX as index
    settings = override(settings, index=index, serve=override(settings.serve, **given))
    try:
        from ragqa.serve.start import serve as run
    except ModuleNotFoundError as error:
        raise UsageError(f"the server needs {error.name}", hint="pip install 'ragqa[serve]'") from error

    settings = _watching(settings, watched)

    def tell(link: str) -> None:
        click.echo(link)
        show("terminal:print_note")("Open this link in a browser; the API is described at openapi.json there. Ctrl-C stops.")
        if demo:
            from ragqa.demo.tour import QUESTIONS

            show("terminal:print_note")(f"An answer on its page: {link}?{urlencode({'q': QUESTIONS[0]})}")

    run(settings, tell, partial(_read_samples, settings) if demo else lambda: None)
    return 0


def _read_samples(settings: Settings) -> None:
    """Bring the index up to the sample manuals, by their words: their vectors are a job of the server, which answers meanwhile.
    Where that cannot be, one that is there is served as it is: another command may just write it, or the disk be read only.
    Raises RagqaError where there is none."""
    from ragqa.demo.tour import read_samples
    from ragqa.engine import RagQA
    from ragqa.serve.jobs import embed_later

    engine, note = RagQA(settings=settings), partial(show("terminal:print_note"), quiet=quiet())
    try:
        with show("progress:progress")(quiet=quiet()) as progress:
            report = read_samples(engine, progress, lambda why: note(f"{why}: it is made anew."), embed=False)
        for file in report.files:  # or nobody would know why the very question that is told here has no answer
            if file.state is FileState.FAILED:
                note(f"{file.path} is not in the demo: {file.note}")
        if _lacks_vectors(engine):
            embed_later(settings.home, settings.index)
            note("Found by their words at first; their vectors are made meanwhile.")
    except RagqaError as error:
        if not (engine.folder / DATABASE).is_file():
            raise
        note(f"{error.message}: the demo is served as it is.")
    finally:
        engine.close()


def _lacks_vectors(engine: RagQA) -> bool:
    """Whether passages have none; where no manual could be read, there are no passages. Raises RagqaError."""
    try:
        return engine.embedded().lacking > 0
    except IndexMissing:
        return False


def _watching(settings: Settings, watched: tuple[str, ...]) -> Settings:
    """The settings with what is to be watched, which makes sense. Raises UsageError where it does not."""
    if watched:
        settings = override(settings, watch=tuple(WatchSettings(source=source) for source in watched))
    if settings.watch:
        from ragqa.watching.assemble import watchers
        from ragqa.watching.ears import refuse_deafness

        refuse_deafness()
        watchers(settings, settings.watch)
    return settings
