"""English."""

from __future__ import annotations

from ragqa.text.language import Language, kinds, phrases, words

LANGUAGE = Language(
    code="en",
    name="English",
    stemmer="english",
    stems_accents=False,
    stop_words=words(
        """
        a about after all also am an and any are as at be because been before being between both but by can could did do
        does doing down during each for from further had has have having he her here hers him his how i if in into is it
        its itself me more most my no nor of off on once only or other our out over own same she should so some such than
        that the their them then there these they this those through to too under until up very was we were what when
        where which while who whom why will with would you your
        """
    ),
    endings=("ing", "tion", "tions", "ness", "ly", "ed"),
    how_to=(
        r"how\s+(?:do|does|can|could|should|would|must|may|might|to)\b|"
        # How are the shelves removed? The participle, unless it tells a state, ends the question or stands before more of it.
        r"how\s+(?:is|are)\s+(?:[\w-]+\s+){1,6}(?!called|named|powered|rated|displayed|indicated)(?:\w{3,}(?<!e)ed|set|reset|put|taken|undone)\b"
        r"(?=\W*$|\W*[.?!]|\s+(?:in|into|on|onto|off|out|up|down|from|with|without|to|by|after|before|when|if|for|again)\b)|"
        r"what\s+(?:do|can|could|must|shall|should)\s+(?:i|we|you|one)\s+(?:(?:have|need)\s+to\s+)?do\b|"
        r"what\s+(?:must\s+be|has\s+to\s+be|needs\s+to\s+be|is\s+to\s+be)\s+done\b|"
        r"(?:what\s+(?:is|are)\s+)?(?:the\s+)?(?:steps|procedure|instructions)\s+(?:to|for)\b|"
        # Please tell me how to, I would like to know how I can, can you explain how to
        r"(?:\w[\w']*\s+){0,5}?(?:tell|show|explain|describe|know|learn)\s+(?:(?:to\s+)?(?:me|us)\s+)?"
        r"how\s+(?:to|(?:i|we|you|one)\s+(?:can|could|should|must|may))\b"
    ),
    conjunctions=r",|\b(?:and|but|then)\b",
    abbreviations=phrases(
        """
        e.g, i.e, approx, max, min, no, nos, fig, figs, vs, etc, cf, dr, mr, mrs, st, ca, incl, excl, temp, ref, pp, tel, viz,
        resp, qty
        """
    ),
    number_abbreviations=phrases(
        """
        sec, sect, chap, ch, art, para, vol, ver, rev, pos, pg, pgs, dia, # secs, # mins, # hr, # hrs, # in, # ft, # yd, # lb,
        # lbs, # oz, # gal, # qt
        """
    ),
    warning_labels=phrases(
        """
        warning, warnings, caution, cautions, danger, note, notes, notice, important, attention
        """
    ),
    page_words=phrases("page, p."),
    page_totals=phrases("of"),
    sentence_openers=phrases(
        """
        if, when, to, you, your, the, this, these, that, it, for, in, on, at, after, before, while, once, some, a, an, and,
        or, but, only, every, press, use, select, enter, move, go, tap, click, open, make, do, not
        """
    ),
    unfinished=phrases(
        """
        the, a, an, to, of, in, on, at, and, or, for, with, from, by, is, are, your, via, as, into, than, its, that
        """
    ),
    empty_titles=(
        "untitled.*", r"(?:new )?document\d*", r"microsoft (?:word|powerpoint|excel)\b.*", r"slide \d+", "title", "home", "index",
        "unknown", "none", r"\(?anonymous\)?", r"layout \d+",
    ),
    captions=phrases("figure, fig., table"),
    chapters=phrases("chapter, section, appendix"),
    pictures=phrases("image, icon, picture, figure, photo, logo, img, graphic, screenshot, illustration"),
    title_styles=("title",),
    heading_styles=("heading",),
    contents_styles=(r"toc \d", "toc heading", "table of figures", r"index \d", "index heading"),
    bullet_styles=("list bullet",),
    number_styles=("list number",),
    product_kinds=kinds(
        """
        refrigerator, fridge, fridge-freezer, icebox
        washing machine, washer, clothes washer, laundry machine, top loader, toploader, front loader
        tumble dryer, dryer, drier, clothes dryer, tumble drier
        dishwasher, dish washer
        oven, wall oven, built-in oven, baking oven
        hob, cooktop, cooker, stove
        cooker hood, range hood, extractor hood
        microwave, microwave oven
        coffee machine, espresso machine, coffee maker
        vacuum cleaner, vacuum, hoover, robot vacuum
        lawn mower, lawnmower, mower, robot mower
        chain saw, chainsaw
        pressure washer, pressure cleaner, high-pressure cleaner
        air conditioner, aircon, air conditioning unit
        television, tv, telly, smart tv
        headphones, earphones, headset, earbuds
        smartphone, phone, mobile phone, cellphone
        multimeter, multi-meter, voltmeter
        oscilloscope, scope
        bicycle, bike, e-bike, ebike, pedelec
        motorcycle, motorbike
        outboard motor, outboard, boat motor
        synthesizer, synth, synthesiser
        receiver, av receiver
        """
    ),
    manual_words=words(
        """
        manual manuals guide guides handbook booklet brochure leaflet instruction instructions user users owner owners operation
        operating operator installation installing install service maintenance use care reference quick quickstart start started
        getting original translation translated edition version revision rev ver issue series model models product english full
        document documentation sheet data pdf en
        """
    ),
)  # fmt: skip
