"""Japanese."""

from __future__ import annotations

from ragqa.text.language import Language, phrases, words

LANGUAGE = Language(
    code="ja",
    name="Japanese",
    stemmer="english",
    stems_accents=False,
    spaces=False,
    stop_words=words(
        """
        の に は を が で と も へ や か な だ です ます ませ まし した して しま する され れる いる ある から まで より
        など ので のに ため こと もの この その あの どの ここ そこ どこ これ それ あれ どれ いつ なに 何で 何が 何を 何の
        どう うす すれ れば ばい いい いで うや やっ って てす どん んな なぜ ですか すか ょう しょ でし たい とき 時は
        には では とは のは への また 場合 合は てく くだ ださ さい いく くら らい 方法 法は
        """
    ),
    how_to=r"どうやって|どうすれば|どのように|どうしたら|方法|やり方|手順|仕方",
    warning_labels=phrases("警告, 注意, ご注意, 危険, 重要, メモ, 注記, 参考, お願い, 安全上のご注意"),
    page_words=phrases("第"),
    page_counters=phrases("ページ, 頁"),
    empty_titles=(
        r"無題.*",
        r"名称未設定.*",
        r"文書 ?\d*",
        r"ドキュメント ?\d*",
        r"スライド ?\d+",
        "タイトル",
        "表題",
        "ホーム",
        "目次",
        "不明",
    ),
    captions=phrases("図, 表"),
    chapters=phrases("第, 付録"),
    pictures=phrases("画像, アイコン, 写真, 図, イラスト, ロゴ, スクリーンショット"),
    title_styles=("表題",),
    heading_styles=("見出し",),
    contents_styles=(r"目次 ?\d", "目次の見出し", "図表目次"),
    bullet_styles=("箇条書き",),
    number_styles=("段落番号",),
)
