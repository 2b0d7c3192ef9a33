"""French."""

from __future__ import annotations

from ragqa.text.language import Language, phrases, words

LANGUAGE = Language(
    code="fr",
    name="French",
    stemmer="french",
    stop_words=words(
        """
        à afin ai ainsi alors après as au aucun aucune aussi autre autres aux avant avec avez avoir avons c ce ceci cela
        celle celles celui ces cet cette ceux chaque chez combien comme comment d dans de depuis des deux dès doit doivent
        donc dont du elle elles en encore entre es est et étant été être eux fait faut il ils j je jusqu jusque l la là
        laquelle le lequel les lesquels leur leurs lors lorsque lui m ma mais me même mes moi moins mon n ne ni nos notre
        nous on ont or ou où par parce pas pendant peu peut peuvent plus pour pourquoi pouvez puis puisque qu quand que
        quel quelle quelles quels qui quoi s sa sans se selon sera ses si son sont sous sur t ta tandis te tes toi ton
        tous tout toute toutes très tu un une vers via voici vos votre vous y
        """
    ),
    letters="çœèêàùûëïî",
    endings=("eur", "eux", "ment", "ité", "ée", "ées", "és", "ez", "aux", "ique", "elle", "tion"),
    how_to=(
        r"(?:est-ce que\s+)?comment\s+(?!s'appelle|se nomme|se porte|sait-on)\w|de quelle (?:facon|maniere)|"
        r"que (?:dois|faut|doit)-(?:je|il|on) faire|(?:les\s+)?etapes\s+pour\b"
    ),
    conjunctions=r",|\b(?:et|mais)\b",
    abbreviations=phrases(
        """
        p. ex, par ex, ex, env, max, min, n, no, fig, etc, cf, dr, mme, mlle, chap, réf, tél, art, tab, vol, av, incl,
        approx, c.-à-d, figs, temp, resp, excl
        """
    ),
    number_abbreviations=phrases("pp, sect, éd, pos, rep, # sec, # hrs"),
    warning_labels=phrases(
        """
        avertissement, avertissements, attention, danger, remarque, remarques, note, notes, important, précaution,
        précautions, avis, mise en garde, mises en garde, prudence, nota
        """
    ),
    page_words=phrases("page, p."),
    page_totals=phrases("sur, de"),
    sentence_openers=phrases(
        """
        si, quand, lorsque, pour, vous, votre, vos, le, la, les, l, ce, cet, cette, ces, il, elle, dans, sur, en, à, au,
        aux, après, avant, pendant, dès, un, une, des, et, ou, mais, chaque, appuyez, utilisez, sélectionnez, entrez,
        allez, touchez, cliquez, ouvrez, faites, ne
        """
    ),
    unfinished=phrases(
        """
        le, la, les, un, une, des, du, de, à, au, aux, et, ou, en, dans, sur, pour, avec, par, est, sont, votre, vos, que,
        son, sa, ses
        """
    ),
    empty_titles=("sans titre.*", r"(?:nouveau )?document\d*", r"diapositive \d+", "titre", "accueil", "inconnu", "anonyme"),
    captions=phrases("figure, fig., tableau, illustration"),
    chapters=phrases("chapitre, section, annexe"),
    pictures=phrases("image, icône, figure, photo, logo, illustration, dessin, schéma"),
    title_styles=("titre",),
    heading_styles=("titre",),
    contents_styles=(r"tm \d", "en-tête de table des matières", "table des illustrations"),
    bullet_styles=("liste à puces",),
    number_styles=("liste à numéros",),
    manual_words=words(
        """
        manuel guide notice mode emploi utilisation utilisateur installation entretien instructions édition série modèle français
        """
    ),
)
