"""German."""

from __future__ import annotations

from ragqa.text.language import Language, phrases, words

LANGUAGE = Language(
    code="de",
    name="German",
    stemmer="german",
    stop_words=words(
        """
        ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bereits bevor bin bis
        bist da dabei dadurch dafür damit danach dann daran darauf das dass davon dazu dein deine dem den denn der deren
        des dessen die dies diese diesem diesen dieser dieses doch dort du durch dürfen darf ein eine einem einen einer
        eines er es etwas euch falls für ganz gegen habe haben hat hatte hier hin hinter ich ihr ihre ihrem ihren ihrer im
        immer in ins ist ja jede jedem jeden jeder jedes jedoch kann können könnte man mehr mein meine meinem meinen
        meiner mich mir mit muss müssen nach nicht nichts noch nun nur ob oben oder ohne sehr sein seine seinem seinen
        seiner seit selbst sich sie sind so sobald sofern solche soll sollen sollte sondern sowie um und uns unser unter
        vom von vor war warum was welche welchem welchen welcher welches wenn wer werde werden weder wegen weil weit wie
        wieder will wir wird wo wobei wohin wurde wurden während zu zum zur zwischen über
        """
    ),
    letters="äöüß",
    endings=("ung", "ungen", "keit", "heit", "lich", "lichen", "sche", "schen", "tet", "ieren", "iert"),
    how_to=(
        r"(?:wie|womit|auf welche weise|wodurch)\s+(?:kann|kannst|koennen|konnen|muss|mussen|soll|sollte|sollen|lasst|lassen|"
        r"darf|durfen|wird|werden|geht|gehe|(?!lange|oft|viel|hoch|gross|schwer|heiss|weit|alt|warm)\w+\s+(?:ich|man|wir|sie)\b)"
        r"|wie\s+(?:\w+\s+){1,4}\w+(?:en|ern|eln)\?*$"
        r"|was\s+(?:muss|soll|sollte|kann|ist)\s+(?:(?:ich|man|wir)\s+)?(?:[\w-]+\s+){0,5}?(?:zu\s+)?(?:tun|machen|unternehmen)\b"
        r"|wie\s+(?:ich|man|wir)\b|(?:die\s+)?(?:schritte|anleitung)\s+(?:zum|zur|fur)\b"
    ),
    conjunctions=r",|\b(?:und|aber)\b",
    abbreviations=phrases(
        """
        z.b, z. b, d.h, d. h, u.a, u. a, o.ä, o. ä, ggf, bzw, usw, ca, evtl, max, min, nr, abb, abs, art, bsp, dr, etc,
        inkl, exkl, kap, s.o, s.u, sog, tab, tel, vgl, zzgl, abschn, allg, entspr, gem, i.d.r, mind, std, str, lt, beil,
        bzgl, einschl, ggfs, temp, zul, stk, art.-nr, best.-nr, ser.-nr
        """
    ),
    number_abbreviations=phrases("pos, bl, ziff, anm, # sek, # sec"),
    warning_labels=phrases(
        """
        warnung, warnungen, warnhinweis, warnhinweise, achtung, vorsicht, gefahr, hinweis, hinweise, wichtig, anmerkung,
        wichtiger hinweis, sicherheitshinweis, sicherheitshinweise, lebensgefahr, verletzungsgefahr
        """
    ),
    page_words=phrases("seite, s."),
    page_totals=phrases("von"),
    sentence_openers=phrases(
        """
        wenn, falls, um, sie, ihr, ihre, der, die, das, den, dem, diese, dieser, dieses, es, für, in, im, an, am, auf,
        nach, bevor, während, sobald, einige, ein, eine, einen, und, oder, aber, nur, jeder, jede, drücken, verwenden,
        wählen, geben, gehen, tippen, klicken, öffnen, stellen, setzen, schalten, nicht, zum, zur, bei, mit
        """
    ),
    unfinished=phrases(
        """
        der, die, das, den, dem, des, ein, eine, einen, einem, einer, zu, von, in, im, an, am, auf, und, oder, für, mit,
        aus, bei, ist, sind, ihr, ihre, ihren, als, zum, zur, vom, dass
        """
    ),
    empty_titles=(
        "unbenannt.*",
        r"(?:neues )?dokument\d*",
        "ohne titel.*",
        r"folie \d+",
        "titel",
        "startseite",
        "unbekannt",
        "anonym",
    ),
    captions=phrases("abbildung, abb., bild, tabelle, tab."),
    chapters=phrases("kapitel, abschnitt, anhang"),
    pictures=phrases("bild, abbildung, foto, grafik, zeichnung, bildschirmfoto"),
    title_styles=("titel",),
    heading_styles=("überschrift",),
    contents_styles=(r"verzeichnis \d", "inhaltsverzeichnis.*", "abbildungsverzeichnis"),
    bullet_styles=("aufzählungszeichen",),
    number_styles=("listennummer",),
    manual_words=words(
        """
        handbuch anleitung bedienungsanleitung betriebsanleitung gebrauchsanleitung gebrauchsanweisung montageanleitung
        installationsanleitung benutzerhandbuch kurzanleitung
        originalbetriebsanleitung bedienung wartung ausgabe serie modell deutsch
        """
    ),
)
