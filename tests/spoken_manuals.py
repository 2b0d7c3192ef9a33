"""Small manuals written in nine languages beside English, and what their readers ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spoken:
    """A manual in a language, a question about it, and words of the passage that answers it."""

    code: str
    name: str
    text: str
    question: str
    passage: str


SPOKEN = [
    Spoken(
        "de",
        "wasserkocher.md",
        "# Wasserkocher W3\n\n"
        "Dieses Gerät ist nur für den Haushalt bestimmt.\n\n"
        "## Entkalken\n\n"
        "Entkalken Sie das Gerät einmal im Monat. Füllen Sie dazu einen halben Liter Essig ein und "
        "lassen Sie ihn eine Stunde stehen.\n\n"
        "## Störungen\n\n"
        "Wenn E-24 blinkt, ist der Deckel nicht geschlossen.\n\n"
        "## Garantie\n\n"
        "Die Garantie endet nach dreißig Monaten.\n",
        "Wie oft muss die Entkalkung gemacht werden?",
        "einmal im Monat",
    ),
    Spoken(
        "fr",
        "perceuse.md",
        "# Perceuse P7\n\n"
        "Cette perceuse est destinée au bricolage.\n\n"
        "## Réglages\n\n"
        "La vitesse est réglée avec la molette. Pour le bois, choisissez la vitesse 2.\n\n"
        "## Nettoyage\n\n"
        "Nettoyez les ouïes d'aération avec un pinceau sec.\n\n"
        "## Pannes\n\n"
        "Si le voyant clignote, la batterie est trop chaude.\n",
        "Avec quoi faut-il nettoyer les ouïes ?",
        "pinceau sec",
    ),
    Spoken(
        "es",
        "aspiradora.md",
        "# Aspiradora A5\n\n"
        "Este aparato es solo para uso doméstico.\n\n"
        "## Filtros\n\n"
        "Los filtros se lavan con agua fría y se dejan secar durante un día.\n\n"
        "## Configuración\n\n"
        "Las opciones se guardan al soltar el botón.\n\n"
        "## Cable\n\n"
        "El cable mide seis metros.\n",
        "¿Cómo lavo el filtro?",
        "agua fría",
    ),
    Spoken(
        "it",
        "forno.md",
        "# Forno F9\n\n"
        "Questo forno è destinato all'uso domestico.\n\n"
        "## Pulizia\n\n"
        "Pulire la porta con un panno umido e senza detersivi.\n\n"
        "## Lampada\n\n"
        "La lampada si sostituisce dopo aver tolto la corrente.\n\n"
        "## Timer\n\n"
        "Il timer arriva a novanta minuti.\n",
        "Come si sostituisce la lampada?",
        "tolto la corrente",
    ),
    Spoken(
        "pt",
        "ventilador.md",
        "# Ventilador V1\n\n"
        "Este aparelho não deve ser usado ao ar livre.\n\n"
        "## Configurações\n\n"
        "As configurações são apagadas depois de dez segundos sem energia.\n\n"
        "## Limpeza\n\n"
        "Limpe as pás com um pano seco.\n\n"
        "## Garantia\n\n"
        "A garantia dura dois anos.\n",
        "Quando a configuração é apagada?",
        "dez segundos",
    ),
    Spoken(
        "nl",
        "naaimachine.md",
        "# Naaimachine N2\n\n"
        "Deze machine is alleen voor thuis bedoeld.\n\n"
        "## Spoel\n\n"
        "De spoel wordt van onderen in het huis gezet.\n\n"
        "## Onderhoud\n\n"
        "Olie de machine na elke tien uur gebruik met een druppel olie.\n\n"
        "## Storingen\n\n"
        "Bij E-7 is de draad gebroken.\n",
        "Hoe vaak moet de machine worden geolied? Na hoeveel uur gebruik?",
        "tien uur",
    ),
    Spoken(
        "ja",
        "炊飯器.md",
        "# 炊飯器 S4\n\n"
        "この製品は家庭用です。\n\n"
        "## お手入れ\n\n"
        "内ぶたは使うたびに水で洗い、乾いた布でふいてください。\n\n"
        "## 故障かなと思ったら\n\n"
        "E-24が表示されたときは、ふたが開いています。\n\n"
        "## 保証\n\n"
        "保証期間はお買い上げの日から一年間です。\n",
        "内ぶたはどうやって洗いますか？",
        "水で洗い",
    ),
    Spoken(
        "zh",
        "空气净化器.md",
        "# 空气净化器 K6\n\n"
        "本产品仅供家庭使用。\n\n"
        "## 滤网\n\n"
        "请每两个月更换一次滤网。更换前请先拔下电源插头。\n\n"
        "## 故障\n\n"
        "显示E-24时，表示前盖没有关好。\n\n"
        "## 保修\n\n"
        "保修期为购买之日起三年。\n",
        "滤网多久更换一次？",
        "每两个月",
    ),
    Spoken(
        "ko",
        "가습기.md",
        "# 가습기 G8\n\n"
        "이 제품은 가정용입니다.\n\n"
        "## 청소\n\n"
        "물통은 매일 깨끗한 물로 헹구십시오.\n\n"
        "## 고장\n\n"
        "E-24가 표시되면 물통이 비어 있습니다.\n\n"
        "## 보증\n\n"
        "보증 기간은 구입일로부터 이 년입니다.\n",
        "물통을 청소하려면 어떻게 합니까?",
        "깨끗한 물",
    ),
    Spoken(
        "en",
        "lamp.md",
        "# Lamp L2\n\n"
        "This lamp is for use at home only.\n\n"
        "## Bulb\n\n"
        "The bulb is changed with the switch off.\n\n"
        "## Errors\n\n"
        "When E-24 is shown, the shade is loose.\n\n"
        "## Warranty\n\n"
        "The warranty lasts four years.\n",
        "How long is the warranty of the lamp?",
        "four years",
    ),
]
"""In every manual the passage, and it alone, holds the answer; E-24 means something else in each."""


def write_spoken_manuals(folder: Path) -> Path:
    """The manuals as files of a folder that is made for them."""
    folder.mkdir()
    for manual in SPOKEN:
        (folder / manual.name).write_text(manual.text, "utf-8")
    return folder
