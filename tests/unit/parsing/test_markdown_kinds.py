"""Markdown in the dialects of site builders: each case is a kind of markup that was once read wrongly."""

from __future__ import annotations

import sys

import pytest
from parsing_reading import section_of, texts

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def read(text: str, name: str = "a.md") -> Document:
    return parse(text.encode(), name)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('!!! danger "Shock"\n    Wait.\n\n    - Gloves\n', ["Danger: Shock\nWait.", "• Gloves"]),
        ("??? note\n    Three turns.\n", ["Note\nThree turns."]),
        ("1. Step\n\n    !!! note\n        Inside.\n", ["Note\nInside."]),
        (":::warning[Hot *lid*]\nCool it.\n:::\n", ["Warning: Hot lid\nCool it."]),
        ("::::danger\nA\n\n:::info\nB\n:::\n\nC\n::::\n", ["Danger\nA", "Info\nB", "C"]),
        ("```{warning} Hot\n:class: x\nCool it.\n```\n", ["Warning: Hot\nCool it."]),
        (":::{admonition} Acid\n:class: danger\nRinse.\n:::\n", ["Danger: Acid\nRinse."]),
        ("> [!WARNING]\n> Hot.\n> - a\n", ["WARNING\nHot.", "• a"]),
        ("{: .warning }\nHot lid.\n", ["Hot lid."]),
        ('{% hint style="danger" %}\nHot lid.\n{% endhint %}\n', ["Danger", "Hot lid."]),
        ("{{% notice warning %}}\nHot lid.\n{{% /notice %}}\n", ["Warning", "Hot lid."]),
        ('{% include note.html content="Keep dry." %}\n', ["Keep dry."]),
        ("/// warning | Lid\nHot.\n///\n", ["Warning: Lid\nHot."]),
        ('<div class="warning" markdown="1">\n- Hot\n</div>\n', ["• Hot"]),
    ],
)
def test_boxes_of_many_dialects(source: str, lines: list[str]) -> None:
    assert texts(read(source), BlockKind.WARNING) == lines


@pytest.mark.parametrize(
    "source",
    [
        '=== "Gas"\n\n    2 bar.\n\n=== "Oil"\n\n    3 bar.\n',
        "::::{tab-set}\n:::{tab-item} Gas\n2 bar.\n:::\n:::{tab-item} Oil\n3 bar.\n:::\n::::\n",
        '{{< tabs >}}\n{{% tab "Gas" %}}\n2 bar.\n{{% /tab %}}\n{{% tab "Oil" %}}\n3 bar.\n{{% /tab %}}\n{{< /tabs >}}\n',
        '{% tabs %}{% tab title="Gas" %}\n2 bar.\n{% endtab %}{% tab title="Oil" %}\n3 bar.\n{% endtab %}{% endtabs %}\n',
        '<Tabs>\n  <TabItem value="g" label="Gas">\n    2 bar.\n  </TabItem>\n  <TabItem value="o" label="Oil">\n    3 bar.\n'
        "  </TabItem>\n</Tabs>\n",
        "<details>\n<summary>Oil</summary>\n\n3 bar.\n\n</details>\n",
    ],
)
def test_tabs_stand_under_their_labels(source: str) -> None:
    document = read(f"# Valve\n\n{source}\nAfter all.\n")
    assert section_of(document, "3 bar.") == ("Valve", "Oil")
    assert section_of(document, "After all.") == ("Valve",)


def test_front_matter_gives_the_title_and_what_it_says_in_sentences() -> None:
    yaml = read(
        "---\ntitle: Saw\nlayout: a b c d\nnotes: Oil it once a year.\nparameters:\n - tag: R\n   description: Ramp time\n---\nBody\n"  # noqa: E501
    )
    assert (yaml.title, yaml.text) == ("Saw", "Notes: Oil it once a year.\n\nParameters\n\n• R: Ramp time\n\nBody")
    toml = read('+++\ntitle = "Saw"\nweight = 3\ndescription = "Cuts"\n+++\nBody\n')
    assert (toml.title, toml.text) == ("Saw", "Cuts\n\nBody")
    json = read('{\n "title": "Saw", "summary": "Cuts", "draft": true\n}\n\nBody\n')
    assert (json.title, json.text) == ("Saw", "Cuts\n\nBody")


def test_rules_at_the_start_are_no_front_matter_and_broken_fields_are_said() -> None:
    assert read("---\n\nText\n\n---\n\nMore\n").text == "Text\n\nMore"
    broken = read("---\ntitle: Saw\nx: [\n---\nBody\n")
    assert (broken.title, broken.text) == ("Saw", "Body")
    assert "front matter" in broken.warnings[0]
    assert "references" in read("---\ntitle: Saw\na: &a [x]\nb: [*a, *a]\n---\nBody\n").warnings[0]


def test_components_give_their_text_and_imports_go() -> None:
    source = (
        "import A from 'a';\n\nexport const x = {\n  b: 1,\n};\n\n# Pump\n\n{/* remark */}\n\nText <Icon name=\"x\" /> and "
        '<Mark color="#25c">more</Mark>.\n\n<Admonition type="warning" title="Lid">\n\nHot.\n\n</Admonition>\n\n```sh\ncp {x}\n```\n'  # noqa: E501
    )
    document = read(source, "a.mdx")
    assert texts(document) == ["Pump", "Text and more.", "Lid", "Hot.", "cp {x}"]
    assert texts(document, BlockKind.WARNING) == ["Lid", "Hot."]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("## Reset {#reset .big}\n", "Reset"),
        ("![Board](a.png){width=50%}\n", "[Board]"),
        ("Keep `{#x}` and {braces} of /users/{id}.\n", "Keep {#x} and {braces} of /users/{id}."),
        ("[TOC]\n\n* TOC\n{:toc}\n\nText\n", "Text"),
        ("Press ++ctrl+alt+del++ and ==mark== a==b.\n", "Press Ctrl+Alt+Del and mark a==b."),
        ("Press {{ site.key }} {% if x %}twice{% endif %}.\n", "Press twice."),
        ("`{{ kept }}`\n\n```\n{{ kept }}\n```\n", "{{ kept }}\n\n{{ kept }}"),
        ("{% highlight sh %}\nrun {{ x }}\n{% endhighlight %}\n", "run {{ x }}"),
        ("Fuse\n: A wire.\n", "Fuse: A wire."),
        ("Lamp\nBulb\n:   - LED\n    - Neon\n", "Lamp, Bulb:\n• LED\n• Neon"),
        ("Use it[^1].\n\n[^1]: Not in rain.\n", "Use it[1].\n\n1. Not in rain."),
        ("- [ ] open\n- [x] done\n", "• open\n• done"),
        ("[[Page|Label]] and [[Other]].\n", "Label and Other."),
        ("A :warning: sign, 10:30:20.\n", "A ⚠ sign, 10:30:20."),
        ("Open http://<device-ip>/ with <b>care</b>.\n", "Open http://<device-ip>/ with care."),
        ("| a | b |\n|---|---|\n| `x | y` | 1 \\| 2 |\n", "a | b\nx | y | 1 | 2"),
        ("<!-- remark -->\n\none  \ntwo\n", "one\ntwo"),
        ("##Tight\n", "Tight"),
        ("Use {kbd}`F1` and {ref}`the page <target>`.\n", "Use F1 and the page."),
        ("```{list-table}\n:header-rows: 1\n* - a\n  - b\n* - 1\n  - 2\n```\n", "a | b\n1 | 2"),
        (':::image type="content" source="a.png" alt-text="The board.":::\n', "[The board.]"),
        ("<table>\n<tr>\n\n    <td>A</td>\n\n    <td>B</td>\n</tr>\n<tr><td>1</td><td>2</td></tr>\n</table>\n", "A | B\n1 | 2"),
    ],
)
def test_smaller_kinds(source: str, text: str) -> None:
    assert read(source).text == text


def test_what_is_not_in_the_file_is_said() -> None:
    assert "included" in read('--8<-- "a.md"\n\nText\n').warnings[0]
    assert "{{ site.key }}" in read("Press {{ site.key }}.\n").warnings[0]
    assert "deep" in read("> " * 500 + "x\n\ny\n").warnings[0]


@pytest.mark.parametrize("suffix", [".mdown", ".mkd", ".mkdn", ".mdx"])
def test_suffixes(suffix: str) -> None:
    assert read("# Saw\n\nCuts.\n", f"a{suffix}").title == "Saw"


@pytest.mark.parametrize(
    "source",
    [
        ":::note\n" * 5000,
        "!!! note\n" * 5000,
        "```{note}\n" * 5000,
        "{% " * 20_000,
        "<A a=" * 5000,
        "{" * 20_000,
        "`a" * 20_000,
        "[[" * 20_000,
    ],
    ids=range(8),
)
@pytest.mark.timeout(60)
def test_hostile_texts_are_read_in_time(source: str) -> None:
    assert "end" in read(f"{source}\n\nend\n", "a.mdx").text


def steps(text: str) -> int:
    """How many functions of Python are called to read a text."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        read(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("source", ["[", "![", "[a](", "^[", "[" * 9 + "]", "<b%d> ", "- [ ] w\n"], ids=range(7))
def test_twice_the_signs_take_twice_the_steps(source: str) -> None:
    texts = ["".join(source.replace("%d", str(n)) for n in range(size // len(source))) for size in (1500, 3000, 6000)]
    first, second, third = map(steps, texts)
    assert third - second < 2.4 * (second - first) + 200


def test_brackets_stay_what_they_are() -> None:
    text = " ".join(f"[a{n}](b) [[c{n}] d] [e" for n in range(40)) + " \\[f]"
    expected = " ".join(f"a{n} [[c{n}] d] [e" for n in range(40)) + " [f]"
    assert read(text).text == expected


def test_the_boxes_of_tasks_are_no_words() -> None:
    assert read("- [ ] Oil\n- [x] *Water* it\n- [y] Dust\n1. [X] Air\n\n[ ] Out\n").text == (
        "• Oil\n• Water it\n• [y] Dust\n\n1. Air\n\n[ ] Out"
    )


@pytest.mark.parametrize(
    "source",
    [
        "  Nut      Torque    Key\n-----   --------  -------\n   M5      6 Nm      8 mm\n   M6     10 Nm     10 mm\n",
        "------------------------\n Nut    Torque   Key\n        (each)\n------ -------- --------\n M5     6 Nm     8 mm\n\n"
        " M6     10 Nm    10\n                 mm\n------------------------\n\nTable: All nuts\n",
        "+-----+--------+--------+\n| Nut | Torque | Key    |\n+:===:+:=======+=======:+\n| M5  | 6 Nm   | 8 mm   |\n"
        "+-----+--------+--------+\n| M6  | 10 Nm  | 10 mm  |\n+-----+--------+--------+\n\n: All nuts\n",
        "------ -------- --------\nNut    Torque   Key\nM6     10 Nm    10 mm\n------ -------- --------\n",
    ],
)
def test_tables_as_pandoc_draws_them(source: str) -> None:
    rows = texts(read(f"Nuts:\n\n{source}\nAfter.\n"), BlockKind.TABLE_ROW)
    assert rows[0] in ("Nut | Torque | Key", "Nut | Torque (each) | Key")
    assert rows[-1].replace("(each) ", "").replace(" (each)", "") in (
        "Nut: M6 | Torque: 10 Nm | Key: 10 mm",
        "M6 | 10 Nm | 10 mm",
    )


def test_cells_of_framed_tables_hold_lists_and_reach_over_rows() -> None:
    rows = texts(
        read(
            "+----+------+\n| A  | - on |\n|    | - up |\n+----+------+\n| B  | off  |\n|    +------+\n|    | down |\n"
            "+----+------+\n"
        ),
        BlockKind.TABLE_ROW,
    )
    assert rows == ["A | on • up", "B | off", "B | down"]


@pytest.mark.parametrize("source", ["Text\n--- ---\n", "---\n\nText\n\n---\n", "+--+\n|box\n+--+\n", "-----\n\nText\n"])
def test_other_dashes_draw_no_table(source: str) -> None:
    assert not texts(read(source), BlockKind.TABLE_ROW)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("Pay $5 or $10, set $A_B and `$x^2$`.", "Pay $5 or $10, set $A_B and $x^2$."),
        (
            r"It is $i = \frac{z_2}{z_1}$ at $20^\circ$, so $v_a * t * 2$.",
            "It is i = z\u2082/z\u2081 at 20\u00b0, so v_a * t * 2.",
        ),
        ("$$\np = \\frac{F}{A}\n$$ {#eq-p}\n", "p = F/A"),
        ("H~2~O, 10^-3^ and {math}`a^2`; ~~x~~ ~/a ~/b", "H2O, 10\u207b\u00b3 and a\u00b2; x ~/a ~/b"),
        ("(lid)=\n+++\nPick {menuselection}`&File --> Save` or {guilabel}`&OK`.", "Pick File > Save or OK."),
        ("#. One\n#. Two\n", "1. One\n2. Two"),
        ("```{code-block} sh\n:caption: run.sh\nrun\n```\n", "run.sh\n\nrun"),
        (":::{grid} 2\nText\n:::\n", "Text"),
    ],
)
def test_signs_of_scientific_dialects(source: str, text: str) -> None:
    assert read(source).text == text


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('::: {#x .callout-caution title="Lid"}\nHot.\n:::\n', ["Caution: Lid\nHot."]),
        ('```admonish danger title="Lid"\nHot.\n```\n', ["Danger: Lid\nHot."]),
        ("> :warning: **Hot** lid.\n> Wait.\n", ["\u26a0 Hot lid.\nWait."]),
        ("!> Hot lid.\n\n?> Fine.\n", ["Hot lid."]),
    ],
)
def test_boxes_of_further_dialects(source: str, lines: list[str]) -> None:
    assert [text.replace("\n", " ") for text in texts(read(source), BlockKind.WARNING)] == [
        line.replace("\n", " ") for line in lines
    ]


def test_the_title_that_pandoc_knows() -> None:
    document = read("% Cutter manual\n% Ann Bee\n\n# Blades\n\nSharp.\n")
    assert (document.title, document.text) == ("Cutter manual", "Blades\n\nSharp.")


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (
            "a) Open the lid\n   slowly\nb) Close it\n\n   ```\n   run\n   ```\nc) Lock\n",
            ["a) Open the lid slowly", "b) Close it", "c) Lock"],
        ),
        ("(i) One\n(ii) Two\n\n     More.\n", ["(i) One", "(ii) Two", "More."]),
        ("h. Last letter\ni. Letter, no number\n", ["h. Last letter", "i. Letter, no number"]),
        ("1. Outer\n   A) In\n   B) In\n2. Outer\n", ["1. Outer", "A) In", "B) In", "2. Outer"]),
        ("(@) Dry\n\nThen:\n\n(@wet) Wet\n", ["(1) Dry", "(2) Wet"]),
        ("> a) Quoted\n> b) Quoted\n", ["a) Quoted", "b) Quoted"]),
        ("(1) One\n(2) Two\n", ["(1) One", "(2) Two"]),
    ],
)
def test_lists_that_only_pandoc_knows(source: str, lines: list[str]) -> None:
    assert texts(read(source), BlockKind.LIST_ITEM) == lines


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("A. Bee wrote this.\n", "A. Bee wrote this."),
        ("(@wet) Wet.\n\nAs (@wet) shows, ask me@wet.example.\n", "(1) Wet.\n\nAs (1) shows, ask me@wet.example."),
        ("<div>\na) raw\nb) raw\n</div>\n", "a) raw b) raw"),
        ("| 3 Long Lane\n|   Floor 2\n| Hilltown\n", "3 Long Lane\nFloor 2\nHilltown"),
        ("| a\n|---\n| b\n", "a\nb"),
    ],
)
def test_marks_of_pandoc_that_are_no_list_and_lines_that_stay_lines(source: str, text: str) -> None:
    assert read(source).text == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("::: {.callout-note}\nSlow.\n:::\n", "Note\nSlow."),
        (":::{.caution}\nHot.\n:::\n", "Caution\nHot."),
        ('Lid {-}\n===\n\n[Shut]{.underline} the [lid]{custom-style="Bold"}.\n\n\\newpage\n', "Lid\n\nShut the lid."),
        ("*[RCD]: Residual current device\nUse an RCD.\n", "RCD: Residual current device\n\nUse an RCD."),
    ],
)
def test_attributes_that_pandoc_gives_are_no_words(source: str, text: str) -> None:
    assert read(source).text == text


@pytest.mark.parametrize("source", ["> \u2757**Important**\n> Hot.\n", "<aside>\n\u26a0\ufe0f Hot.\n\n</aside>\n"])
def test_pictures_of_warnings_make_one(source: str) -> None:
    assert "Hot." in " ".join(texts(read(source), BlockKind.WARNING))
