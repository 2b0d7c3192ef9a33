"""Chinese, in simplified and traditional characters."""

from __future__ import annotations

from ragqa.text.language import Language, phrases, words

LANGUAGE = Language(
    code="zh",
    name="Chinese",
    stemmer="english",
    stems_accents=False,
    spaces=False,
    stop_words=words(
        """
        的 了 是 在 和 与 與 及 或 也 都 就 而 吗 嗎 呢 吧 么 麼 我 你 您 他 它 这 這 那 个 個 把 被 对 對 从 從 到 请 請
        什么 什麼 怎么 怎麼 怎样 怎樣 如何 哪里 哪裡 哪些 哪个 哪個 为什 為什 多少 多久 是否 可以 能否 应该 應該 需要 这个
        這個 那个 那個 这些 這些 我的 你的 您的 请问 請問 时候 時候 的是 是什 么是 麼是 怎办 么办 麼辦 一个 一個 以及 或者
        如果 我们 我們
        """
    ),
    how_to=r"怎么(?!回事)|怎麼(?!回事)|怎样|怎樣|如何|的方法|的步骤|的步驟",
    warning_labels=phrases("警告, 注意, 小心, 危险, 危險, 提示, 重要, 备注, 備註, 注意事项, 注意事項, 安全警告"),
    page_words=phrases("第"),
    page_counters=phrases("页, 頁"),
    page_totals=phrases("共"),
    empty_titles=(
        "未命名.*",
        r"(?:新建?)?文档\d*",
        r"文件\d+",
        "无标题.*",
        "無標題.*",
        r"幻灯片 ?\d+",
        "标题",
        "標題",
        "首页",
        "首頁",
    ),
    captions=phrases("图, 圖, 表"),
    chapters=phrases("第, 附录, 附錄"),
    pictures=phrases("图片, 圖片, 图标, 圖示, 图像, 圖像, 照片, 截图, 插图"),
    title_styles=("标题", "標題"),
    heading_styles=("标题", "標題"),
    contents_styles=(r"目录 ?\d", r"目錄 ?\d", "toc 标题", "图表目录"),
    bullet_styles=("列表项目符号",),
    number_styles=("列表编号",),
)
