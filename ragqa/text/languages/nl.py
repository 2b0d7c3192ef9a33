"""Dutch."""

from __future__ import annotations

from ragqa.text.language import Language, phrases, words

LANGUAGE = Language(
    code="nl",
    name="Dutch",
    stemmer="dutch",
    stop_words=words(
        """
        aan achter af al alle alleen alles als altijd andere ben bent bij binnen boven daar daarna dan dat de deze
        dezelfde die dit doen doet door dus één een eens elk elke en er geen haar had hebben hebt heeft hem hen het hier
        hij hoe hoeveel hun ik in indien is je jij jou jouw kan kunnen kunt laat maar mag me meer men met mijn moet moeten
        na naar naast niet niets nog nu of om omdat onder ons onze ook op over reeds sinds te tegen ter tijdens toch toe
        tot tussen u uit uw van vanaf vanuit veel via voor voordat waar waarom wanneer want was wat we welk welke werd wie
        wij wil worden wordt ze zelf zich zij zijn zo zoals zonder zou zullen zodra zult
        """
    ),
    letters="ĳ",
    endings=("heid", "lijk", "lijke", "atie", "ingen", "eren", "aar", "isch", "ische", "sche", "tje"),
    how_to=(
        r"hoe\s+(?:kan|kun|kunt|kunnen|moet|moeten|mag|dien|dient|te|worden|wordt|"
        r"(?!lang|vaak|veel|hoog|groot|zwaar|ver|oud|warm)\w+\s+(?:ik|je|u|men|we|wij)\b)|op welke (?:manier|wijze)\b|"
        r"wat\s+(?:moet|kan)\s+(?:ik|je|u|men|we|wij)\s+(?:[\w-]+\s+){0,5}?doen\b|(?:de\s+)?stappen (?:om|voor)\b"
    ),
    conjunctions=r",|\b(?:en|maar)\b",
    abbreviations=phrases(
        """
        bijv, bv, d.w.z, enz, etc, evt, ca, max, min, nr, fig, afb, blz, dhr, mevr, dr, hfst, incl, excl, m.b.v, o.a,
        resp, tel, tab, zgn, pag, temp, nrs
        """
    ),
    number_abbreviations=phrases("par, pos, art, pp, # sec"),
    warning_labels=phrases(
        """
        waarschuwing, waarschuwingen, let op, voorzichtig, gevaar, opmerking, opmerkingen, belangrijk, opgelet, pas op,
        aanwijzing
        """
    ),
    page_words=phrases("pagina, blz., p."),
    page_totals=phrases("van"),
    sentence_openers=phrases(
        """
        als, wanneer, om, u, uw, de, het, dit, deze, dat, die, voor, in, op, aan, na, voordat, terwijl, zodra, sommige,
        een, en, of, maar, alleen, elke, druk, gebruik, selecteer, voer, ga, tik, klik, open, maak, niet
        """
    ),
    unfinished=phrases(
        """
        de, het, een, te, van, in, op, aan, en, of, voor, met, uit, door, is, zijn, uw, via, als, dan, dat, bij, naar, om
        """
    ),
    empty_titles=(
        "naamloos.*",
        r"(?:nieuw )?document\d*",
        "zonder titel.*",
        r"dia \d+",
        "titel",
        "startpagina",
        "onbekend",
        "anoniem",
    ),
    captions=phrases("figuur, fig., afbeelding, afb., tabel"),
    chapters=phrases("hoofdstuk, paragraaf, sectie, bijlage"),
    pictures=phrases("afbeelding, pictogram, figuur, foto, logo, grafiek, illustratie, schermafbeelding"),
    title_styles=("titel",),
    heading_styles=("kop",),
    contents_styles=(r"inhopg \d", "kop van inhoudsopgave", "lijst met afbeeldingen"),
    bullet_styles=("lijst opsom.teken",),
    number_styles=("lijstnummering",),
    manual_words=words(
        """
        handleiding gebruiksaanwijzing gebruikershandleiding gids gebruik installatie onderhoud uitgave serie model nederlands
        """
    ),
)
