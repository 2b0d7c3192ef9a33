"""Reads ragqa.toml and RAGQA_* variables with pydantic-settings; imported only when one of them is there."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from ragqa.config import ENVIRONMENT_PREFIX, AskSettings, IngestSettings, Settings
from ragqa.errors import UsageError


def read_sources(file: Path) -> Settings:
    """Settings from the environment (RAGQA_INDEX, RAGQA_ASK_TOP_K, …), then the TOML file ([ask] top_k = 5), then defaults.

    Raises UsageError naming each key that is unknown or malformed.
    """

    class Sources(BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="_", env_nested_max_split=1, extra="forbid", toml_file=file
        )
        home: str = Settings.__dataclass_fields__["home"].default
        index: str = Settings.__dataclass_fields__["index"].default
        threads: int = Settings.__dataclass_fields__["threads"].default
        ingest: IngestSettings = IngestSettings()
        ask: AskSettings = AskSettings()

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
    return Settings(found.home, found.index, found.threads, found.ingest, found.ask)
