"""Italian."""

from __future__ import annotations

from ragqa.text.language import Language, phrases, words

LANGUAGE = Language(
    code="it",
    name="Italian",
    stemmer="italian",
    stop_words=words(
        """
        a ad agli ai al alcune alcuni alla alle allo anche ancora avere c che chi ci ciò co col come con cosa così cui d da
        dagli dai dal dalla dalle dallo degli dei del della delle dello deve devono di dopo dove due durante e è ed era
        essere esso fa fino fra già gli ha hanno ho i il in io l la le lei li lo loro lui ma me mentre mi mia mio molto ne
        negli nei nel nella nelle nello nessun no noi non nostra nostro o od ogni oppure per perché però più poi possono
        posso prima può qual quale quali qualsiasi quando quanta quanto quanti quante quella quelle quelli quello questa
        queste questi questo qui s sarà se sei senza si sia siano solo sono sopra sotto sua sue sugli sui sul sulla sulle
        sullo suo suoi su tra tramite tutta tutte tutti tutto un una uno v verso vi viene vengono voi vostra vostro
        """
    ),
    letters="òìù",
    endings=(
        "are",
        "ere",
        "ire",
        "zione",
        "zioni",
        "mento",
        "menti",
        "tà",
        "ità",
        "ato",
        "ata",
        "ati",
        "ate",
        "ando",
        "endo",
        "sione",
        "aggio",
    ),
    how_to=(
        r"come\s+(?!si chiama|si chiamano|mai\b|e\b|sono\b|sta\b)\w|in (?:che|quale) modo\b|"
        r"(?:che )?cosa (?:devo|bisogna) fare|(?:i\s+)?(?:passaggi|passi) per\b"
    ),
    conjunctions=r"\b(?:e|ma)\b",
    abbreviations=phrases(
        """
        es, p.es, ad es, ca, circa, max, min, n, nr, fig, ecc, etc, cfr, dott, sig, sig.ra, cap, pag, tel, art, tab, vol,
        rif, incl, temp, pagg, figg, escl
        """
    ),
    number_abbreviations=phrases("sez, par, pos, all, pp, # sec"),
    warning_labels=phrases(
        """
        avvertenza, avvertenze, avvertimento, attenzione, avviso, pericolo, nota, note, importante, cautela, precauzione,
        precauzioni
        """
    ),
    page_words=phrases("pagina, pag."),
    page_totals=phrases("di"),
    sentence_openers=phrases(
        """
        se, quando, per, il, lo, la, i, gli, le, l, questo, questa, questi, queste, in, nel, nella, su, a, al, dopo, prima,
        mentre, un, una, uno, e, o, ma, solo, ogni, premere, usare, utilizzare, selezionare, inserire, spostare, andare,
        toccare, fare, aprire, non
        """
    ),
    unfinished=phrases(
        """
        il, lo, la, i, gli, le, un, una, uno, di, del, della, dei, a, al, alla, e, o, in, nel, nella, per, con, da, dal,
        dalla, è, sono, che, come, su, sul, sulla
        """
    ),
    empty_titles=(
        "senza titolo.*",
        r"(?:nuovo )?documento\d*",
        r"diapositiva \d+",
        "titolo",
        "indice",
        "sconosciuto",
        "anonimo",
    ),
    captions=phrases("figura, fig., tabella, illustrazione"),
    chapters=phrases("capitolo, sezione, appendice, allegato"),
    pictures=phrases("immagine, icona, figura, foto, logo, grafico, illustrazione, schermata"),
    title_styles=("titolo",),
    heading_styles=("titolo",),
    contents_styles=(r"sommario \d", "titolo sommario", "indice delle figure"),
    bullet_styles=("punto elenco",),
    number_styles=("numero elenco",),
    manual_words=words(
        """
        manuale guida istruzioni uso utente installazione manutenzione edizione serie modello italiano
        """
    ),
)
