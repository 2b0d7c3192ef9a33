"""Signs within Markdown that stand for a picture, a key, a mark or a correction."""

from __future__ import annotations

import re

_KEYS = re.compile(r"\+\+([\w\"' -]{1,30}(?:\+[\w\"' -]{1,30}){0,5})\+\+")
_MARKED = re.compile(r"(?<![=\w])==(?![=\s])([^=\n]{1,400}?)(?<!\s)==(?![=\w])|(?<!\^)\^\^(?![\s^])([^\^\n]{1,400}?)\^\^(?!\^)")
_CRITIC = re.compile(
    r"\{--.{0,400}?--\}|\{>>.{0,400}?<<\}|\{\+\+(.{0,400}?)\+\+\}|\{==(.{0,400}?)==\}|\{~~.{0,400}?~>(.{0,400}?)~~\}"
)
_ICON = re.compile(r":(?:material|fontawesome|octicons|simple|fa|mdi)-([a-z0-9-]{1,60}):(?:\{[^}\n]{0,60}\})?")
_EMOJI = re.compile(r"(?<![\w:]):([a-z][a-z0-9_+-]{1,40}):(?![\w:])")
_NAMES = (
    "warning exclamation information_source bulb heavy_check_mark white_check_mark x no_entry no_entry_sign stop_sign zap "
    "fire arrow_up arrow_down arrow_left arrow_right electric_plug battery lock unlock key wrench hammer gear bell mag "
    "clock hourglass star point_right rotating_light memo pencil pencil2 question heavy_plus_sign heavy_minus_sign rocket "
    "tada construction thumbsup thumbsdown eyes red_circle green_circle large_blue_circle yellow_circle white_circle "
    "black_circle sparkles boom"
)
_PICTURES = (
    "⚠ ❗ ℹ 💡 ✔ ✅ ❌ ⛔ 🚫 🛑 ⚡ 🔥 ⬆ ⬇ ⬅ ➡ 🔌 🔋 🔒 🔓 🔑 🔧 🔨 ⚙ 🔔 "
    "🔍 🕐 ⌛ ⭐ 👉 🚨 📝 📝 ✏ ❓ ➕ ➖ 🚀 🎉 🚧 👍 👎 👀 🔴 🟢 🔵 🟡 ⚪ ⚫ ✨ 💥"
)
_EMOJIS = dict(zip(_NAMES.split(), _PICTURES.split(), strict=True))


def write_signs(text: str) -> str:
    """`text` with emoji for their names, icons by their names in brackets, keys as on a keyboard, corrections as accepted."""
    if "{" in text:
        text = _CRITIC.sub(lambda match: match[1] or match[2] or match[3] or "", text)
    text = _KEYS.sub(lambda match: "+".join(key.strip("\"' ").capitalize() for key in match[1].split("+")), text)
    text = _MARKED.sub(lambda match: match[1] or match[2], text)
    text = _ICON.sub(lambda match: f"[{match[1].replace('-', ' ')}]", text)
    return _EMOJI.sub(lambda match: _EMOJIS.get(match[1], match[0]), text)
