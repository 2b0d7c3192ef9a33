"""Spanish."""

from __future__ import annotations

from ragqa.text.language import Language, phrases, words

LANGUAGE = Language(
    code="es",
    name="Spanish",
    stemmer="spanish",
    stop_words=words(
        """
        a al algo alguna algunas alguno algunos ante antes aquel aquella así aun aunque bajo bien cada como cómo con
        contra cual cuál cuáles cuales cualquier cuando cuándo cuánto cuánta cuántos cuántas de debe deben del desde
        después dónde donde dos durante e el él ella ellas ello ellos en entre era es esa esas ese eso esos esta está
        están estar estas este esto estos fue ha había hacer hace hacia han hasta hay la las le les lo los más me mediante
        mi mientras mis mismo muy nada ni no nos nosotros o os otra otras otro otros para pero poco por porque puede
        pueden puedo qué que quién quien se sea según ser si sí sido sin sobre solo sólo son su sus también tan tanto te
        tiene tienen toda todas todo todos tras tu tus u un una unas uno unos usted ustedes y ya yo
        """
    ),
    letters="ñ¿¡",
    endings=("ción", "ciones", "sión", "dad", "dades", "miento", "ado", "ada", "ados", "adas", "ando", "iendo", "ón"),
    how_to=(
        r"como\s+(?!es\b|son\b|esta\b|estan\b|se llama)\w|de que (?:forma|manera|modo)\b|que (?:debo|hay que|tengo que) hacer|"
        r"(?:los\s+)?pasos para\b"
    ),
    conjunctions=r"\b(?:y|pero)\b",
    abbreviations=phrases(
        """
        p. ej, p.ej, ej, aprox, máx, mín, n.º, núm, no, fig, etc, cf, dr, dra, sr, sra, ud, uds, vd, cap, pág, tel, art,
        tab, vol, incl, temp, págs, figs, núms, excl
        """
    ),
    number_abbreviations=phrases("sec, secc, pos, ref, pp, # seg, # hrs"),
    warning_labels=phrases(
        """
        advertencia, advertencias, precaución, precauciones, atención, aviso, avisos, peligro, nota, notas, importante,
        cuidado
        """
    ),
    page_words=phrases("página, pág., pag."),
    page_totals=phrases("de"),
    sentence_openers=phrases(
        """
        si, cuando, para, usted, su, sus, el, la, los, las, este, esta, estos, estas, ese, esa, en, a, al, después, antes,
        mientras, un, una, unos, unas, y, o, pero, solo, cada, pulse, presione, utilice, use, seleccione, introduzca,
        mueva, vaya, toque, haga, abra, no
        """
    ),
    unfinished=phrases(
        """
        el, la, los, las, un, una, unos, de, del, a, al, y, o, en, para, con, por, es, son, su, sus, que, como, sobre,
        desde
        """
    ),
    empty_titles=(
        "sin título.*",
        r"(?:nuevo )?documento\d*",
        r"diapositiva \d+",
        "título",
        "inicio",
        "índice",
        "desconocido",
        "anónimo",
    ),
    captions=phrases("figura, fig., tabla, ilustración"),
    chapters=phrases("capítulo, sección, apéndice, anexo"),
    pictures=phrases("imagen, icono, figura, foto, logotipo, gráfico, ilustración, captura"),
    title_styles=("título",),
    heading_styles=("título",),
    contents_styles=(r"tdc \d", "encabezado de tdc", "tabla de ilustraciones"),
    bullet_styles=("lista con viñetas",),
    number_styles=("lista con números",),
    manual_words=words(
        """
        manual guía instrucciones uso usuario instalación mantenimiento edición serie modelo español
        """
    ),
)
