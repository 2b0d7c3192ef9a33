"""Portuguese, of Portugal and Brazil."""

from __future__ import annotations

from ragqa.text.language import Language, phrases, words

LANGUAGE = Language(
    code="pt",
    name="Portuguese",
    stemmer="portuguese",
    stop_words=words(
        """
        a à ainda algum alguma alguns ante antes ao aos apenas após aquela aquele as às até através cada com como da das
        de deve devem deles depois desde dessa desse desta deste do dois dos durante e é ela elas ele eles em enquanto
        entre era essa essas esse esses esta está estão estas estar este estes eu faz fazer foi há isso isto já la lhe lo
        mais mas me mediante mesmo meu meus minha minhas muito na nas nem nenhum no nos nós nosso nossa não num numa o
        onde os ou outra outras outro outros para pela pelas pelo pelos pode podem por porque posso pouco qual quais
        qualquer quando quanta quanto quantos quantas que quê quem são se seja sem ser seu seus si sido sob sobre sua suas
        só também tanto tão te tem têm teu tu tudo toda todas todo todos um uma umas uns você vocês
        """
    ),
    letters="ãõâêô",
    endings=("ção", "ções", "são", "dade", "dades", "mento", "mentos", "ado", "ada", "ados", "adas", "ando", "endo", "agem"),
    how_to=(
        r"como\s+(?!es?\b|son\b|sao\b|esta\b|estao\b|se chama)\w|de que (?:forma|maneira|modo)\b|"
        r"(?:o )?que (?:devo|e preciso|tenho de) fazer|(?:os\s+)?passos para\b"
    ),
    conjunctions=r"\b(?:e|mas)\b",
    abbreviations=phrases(
        """
        p. ex, p.ex, ex, aprox, máx, mín, n.º, núm, nº, no, fig, etc, cf, dr, dra, sr, sra, cap, pág, tel, art, tab, vol,
        incl, temp, págs, figs, excl
        """
    ),
    number_abbreviations=phrases("sec, pos, ref, pp, # seg, # hrs"),
    warning_labels=phrases(
        """
        aviso, avisos, atenção, cuidado, cuidados, perigo, nota, notas, importante, advertência, advertências, precaução,
        observação
        """
    ),
    page_words=phrases("página, pág., pag."),
    page_totals=phrases("de"),
    sentence_openers=phrases(
        """
        se, quando, para, você, o, a, os, as, este, esta, estes, estas, esse, essa, em, no, na, nos, nas, após, antes,
        depois, enquanto, um, uma, e, ou, mas, apenas, cada, pressione, prima, use, utilize, selecione, introduza, insira,
        mova, vá, toque, clique, abra, não
        """
    ),
    unfinished=phrases(
        """
        o, a, os, as, um, uma, de, do, da, dos, das, ao, à, e, ou, em, no, na, para, com, por, pelo, pela, é, são, seu,
        sua, que, como
        """
    ),
    empty_titles=(
        "sem título.*",
        r"(?:novo )?documento\d*",
        r"diapositivo \d+",
        r"slide \d+",
        "título",
        "início",
        "desconhecido",
        "anônimo",
    ),
    captions=phrases("figura, fig., tabela, quadro, ilustração"),
    chapters=phrases("capítulo, seção, secção, apêndice, anexo"),
    pictures=phrases("imagem, ícone, figura, foto, logotipo, gráfico, ilustração, captura"),
    title_styles=("título",),
    heading_styles=("título", "cabeçalho"),
    contents_styles=(r"sumário \d", r"índice \d", "cabeçalho do sumário", "cabeçalho do índice", "índice de ilustrações"),
    bullet_styles=("lista com marcas", "commarcadores"),
    number_styles=("lista numerada", "numerada"),
    manual_words=words(
        """
        manual guia instruções uso utilizador usuário instalação manutenção edição série modelo português
        """
    ),
)
