"""Korean. It has spaces, but particles are written on to the words: pairs of characters meet where words do not."""

from __future__ import annotations

from ragqa.text.language import Language, phrases, words

LANGUAGE = Language(
    code="ko",
    name="Korean",
    stemmer="english",
    stems_accents=False,
    spaces=False,
    stop_words=words(
        """
        은 는 이 가 을 를 의 에 와 과 도 로 및 그 저 것 수 등 나 내 때 어떻 떻게 어디 디에 에서 무엇 엇을 엇인 언제 누구
        왜 얼마 얼마나 마나 하는 하면 합니 니다 니까 습니 입니 인가 가요 나요 까요 해야 야하 하나 하고 하여 있는 있습 됩니
        되나 되는 또는 그리 리고 그러 이것 그것 저것 이런 그런 어떤 어느 으로 부터 까지 나는 제가 내가 무슨 방법 법은
        """
    ),
    how_to=r"어떻게|방법|하려면|하는 법",
    warning_labels=phrases("경고, 주의, 위험, 참고, 중요, 알림, 주의사항, 주의 사항, 안전 경고"),
    page_counters=phrases("쪽, 페이지"),
    page_words=phrases("제, 페이지"),
    empty_titles=("제목 없음.*", r"문서 ?\d*", r"슬라이드 ?\d+", "제목", "홈", "목차", "알 수 없음"),
    captions=phrases("그림, 표"),
    chapters=phrases("제, 부록"),
    pictures=phrases("이미지, 아이콘, 그림, 사진, 로고, 스크린샷"),
    title_styles=("제목",),
    heading_styles=("제목",),
    contents_styles=(r"목차 ?\d", "toc 제목", "그림 목차"),
    bullet_styles=("글머리 기호",),
    number_styles=("번호 매기기",),
)
