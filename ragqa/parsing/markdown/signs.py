"""Signs within Markdown that stand for a picture, a key, a mark or a correction."""

from __future__ import annotations

import re

from ragqa.parsing.html.tex import tex_text

_KEYS = re.compile(r"\+\+([\w\"' -]{1,30}(?:\+[\w\"' -]{1,30}){0,5})\+\+")
_MARKED = re.compile(r"(?<![=\w])==(?![=\s])([^=\n]{1,400}?)(?<!\s)==(?![=\w])|(?<!\^)\^\^(?![\s^])([^\^\n]{1,400}?)\^\^(?!\^)")
_CRITIC = re.compile(
    r"\{--.{0,400}?--\}|\{>>.{0,400}?<<\}|\{\+\+(.{0,400}?)\+\+\}|\{==(.{0,400}?)==\}|\{~~.{0,400}?~>(.{0,400}?)~~\}"
)
_FORMULA = re.compile(
    r"^[ \t]*\$\$(?P<block>[^$]{1,5000}?)\$\$(?:[ \t]*\{#[\w:-]{1,80}\}|[ \t]*\([\w:.-]{1,80}\))?[ \t]*$"
    r"|(?<![\\\w$])\$\$(?P<display>[^$\n]{1,2000}?)\$\$(?![\w$])"
    r"|(?<![\\\w$`])\$(?P<inline>[A-Za-z]|(?![\s{(])(?=[^$\n]{0,500}[\\^_=+<>])[^$\n]{1,500}?(?<![\s\\]))\$(?![\w$])",
    re.MULTILINE,
)
# Raised and lowered as Pandoc has it, right after what they belong to; "~~" strikes out, "^^" underlines.
_RAISED = re.compile(r"(?<=[\w)\]])\^([^\s^*]{1,12})\^(?!\^)")
_LOWERED = re.compile(r"(?<=[A-Za-z)\]])~(\d{1,3}|[a-z]{1,3}(?:,[a-z]{1,3})?)~(?!~)")
_OWN_SIGNS = re.compile(r"[\\`*_\[\]<>^~#|]")
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
    """`text` with formulas in readable signs, emoji for their names, icons by their names in brackets, keys as on a keyboard and
    corrections as accepted."""
    if "$" in text:
        text = _FORMULA.sub(_formula, text)
    text = _LOWERED.sub(r"<sub>\1</sub>", _RAISED.sub(r"<sup>\1</sup>", text))
    if "{" in text:
        text = _CRITIC.sub(lambda match: match[1] or match[2] or match[3] or "", text)
    text = _KEYS.sub(lambda match: "+".join(key.strip("\"' ").capitalize() for key in match[1].split("+")), text)
    text = _MARKED.sub(lambda match: match[1] or match[2], text)
    text = _ICON.sub(lambda match: f"[{match[1].replace('-', ' ')}]", text)
    return _EMOJI.sub(lambda match: _EMOJIS.get(match[1], match[0]), text)


def _formula(match: re.Match[str]) -> str:
    """A formula in readable signs, none of which is one of Markdown's own."""
    block = match["block"] is not None
    said = tex_text(match["block"] or match["display"] or match["inline"])
    said = _OWN_SIGNS.sub(r"\\\g<0>", said)
    return f"\n{said}\n" if block else said
