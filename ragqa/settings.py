"""Where settings come from: RAGQA_* variables, then ragqa.toml, then the defaults of config.py."""

from __future__ import annotations

import os
from pathlib import Path

from ragqa.config import (
    AskSettings,
    IngestSettings,
    RetrieverSettings,
    ServeSettings,
    Settings,
    TrainSettings,
    WatchSettings,
    check_ranges,
)
from ragqa.errors import UsageError

SETTINGS_FILE = "ragqa.toml"
ENVIRONMENT_PREFIX = "RAGQA_"
NO_SETTINGS = frozenset({"RAGQA_SERVER", "RAGQA_TOKEN", "RAGQA_BACKEND_TOKEN"})
"""Variables that say which server to use, and the secrets that servers take: these never come from a file of settings."""


def load_settings(folder: Path | None = None) -> Settings:
    """The settings of `ragqa.toml` in `folder` (default: the working folder) and of the environment, over the defaults.

    Raises UsageError that names the file or variable, the key and what it should be.
    """
    file = (folder or Path()) / SETTINGS_FILE
    in_environment = [name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX) and name not in NO_SETTINGS]
    for name in in_environment:
        if name.removeprefix(ENVIRONMENT_PREFIX).partition("_")[0].lower() not in Settings.__dataclass_fields__:
            raise UsageError(f"there is no setting {name}", hint="Settings are RAGQA_INDEX, RAGQA_ASK_TOP_K and the like.")
    if not in_environment and not file.is_file():
        return Settings()  # pydantic takes 0.2 s to import: only who uses it pays
    settings = _read_sources(file)
    sections = (settings.ingest, settings.ask, settings.train, settings.retriever, settings.serve, *settings.watch)
    for section in (settings, *sections):
        check_ranges(section)
    return settings


def _read_sources(file: Path) -> Settings:
    """RAGQA_INDEX, RAGQA_ASK_TOP_K, …, then the TOML file ([ask] top_k = 5), then defaults; unknown keys are refused."""
    from pydantic import ValidationError
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

    defaults = Settings()

    class Sources(BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="_", env_nested_max_split=1, extra="forbid", toml_file=file
        )
        home: str = defaults.home
        index: str = defaults.index
        threads: int = defaults.threads
        ingest: IngestSettings = IngestSettings()
        ask: AskSettings = AskSettings()
        train: TrainSettings = TrainSettings()
        retriever: RetrieverSettings = RetrieverSettings()
        serve: ServeSettings = ServeSettings()
        watch: tuple[WatchSettings, ...] = ()

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, TomlConfigSettingsSource(settings_cls)

    try:
        found = Sources()
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise UsageError(f"settings in {file.name} or {ENVIRONMENT_PREFIX}* variables: {problems}") from error
    except ValueError as error:  # TOMLDecodeError and pydantic-settings' own SettingsError
        raise UsageError(f"{file} cannot be read: {error}", hint="It must be valid TOML, e.g.  [ask]  top_k = 5") from error
    return Settings(
        found.home, found.index, found.threads, found.ingest, found.ask, found.train, found.retriever, found.serve, found.watch
    )
