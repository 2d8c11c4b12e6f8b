"""Descriptions as models really write them."""

from __future__ import annotations

from pathlib import Path

import pytest

import bonaface.io.describers as package
from bonaface.core.descriptions import LABELS, TITLES
from bonaface.measure.headings import Level, read_heading, sections_of
from bonaface.measure.sections import ROMANS, read_sections

BODIES = {
    1: "An oval face, slightly asymmetric.",
    2: "A soft jawline; high cheekbones.",
    3: "Broad, with two faint lines.",
    4: "Almond-shaped eyes under thick, arched brows.",
    5: "A straight bridge and a rounded tip.",
    6: "Full lips, closed; no teeth visible.",
    7: "Smooth, with visible pores on the cheeks.",
    8: "An even, warm tone, lit from the left.",
    9: "A rounded hairline; a few strands on the forehead.",
    10: "The left ear is visible, with an attached lobe.",
    11: "Neutral and relaxed.",
}


def written(line: str, between: str = "\n", titles=TITLES) -> str:
    return between.join(line.format(n=n, title=titles[n], body=body) for n, body in BODIES.items())


FORMS = {
    "as asked": written("{n}. {title}: {body}"),
    "bold": written("{n}. **{title}:** {body}", "\n\n"),
    "bold number": written("**{n}. {title}**\n{body}", "\n\n"),
    "bold, colon outside": written("**{n}. {title}**: {body}"),
    "bold, dash": written("**{n}. {title}** – {body}"),
    "headings": written("### {n}. {title}\n\n{body}", "\n\n"),
    "bold headings": written("## **{n}. {title}**\n- {body}", "\n\n"),
    "headings without numbers": written("### {title}\n{body}", "\n\n"),
    "bold without numbers": written("**{title}**: {body}", "\n\n"),
    "bold alone without numbers": written("**{title}**\n{body}", "\n\n"),
    "plain titles": written("{title}: {body}"),
    "plain titles on their own line": written("{title}\n{body}", "\n\n"),
    "bullets": written("- {title}: {body}"),
    "bold bullets": written("* **{title}:** {body}"),
    "brackets": written("{n}) {title}: {body}"),
    "section words": written("Section {n}: {title}\n{body}", "\n\n"),
    "no colon": written("{n}. {title}\n   {body}"),
    "dash": written("{n}. {title} - {body}"),
    "numbers only": written("{n}. {body}"),
    "one line": written("{n}. {title}: {body}", " "),
    "one bold line": written("**{n}. {title}:** {body}", " "),
    "windows": written("{n}. {title}: {body}", "\r\n"),
    "fence": "```markdown\n" + written("{n}. {title}: {body}") + "\n```",
    "table": "| # | Feature | Description |\n|---|:--|---|\n" + written("| {n} | {title} | {body} |"),
    "table without numbers": "| Feature | Description |\n|---|---|\n" + written("| **{title}** | {body} |"),
    "json": "{" + ", ".join(f'"{n}. {TITLES[n]}": "{body}"' for n, body in BODIES.items()) + "}",
    "thinking": "<think>\n1. Face Shape: maybe round?\n</think>\n" + written("{n}. {title}: {body}"),
    "quoted": written("> {n}. {title}: {body}"),
    "dash without number": written("{title} – {body}"),
    "long dash": written("{n}) **{title}** — {body}"),
    "brackets around": written("[{n}] {title}: {body}"),
    "two digits": written("{n:02d}. {title}: {body}"),
    "escaped": written("{n}\\. {title}: {body}"),
    "picture signs": written("### 👁 {n}. {title}\n{body}"),
    "tags": written("<b>{n}. {title}:</b> {body}<br>"),
    "wide signs": written("{n}． {title}： {body}"),
    "Roman": "\n".join(
        f"{roman}. {TITLES[n]}: {BODIES[n]}" for n, roman in enumerate(ROMANS, 1)
    ),
    "own titles": written(
        "**{n}. {title}:** {body}",
        titles={
            1: "Face Shape and Symmetry", 2: "Jawline and Cheekbones", 3: "Forehead", 4: "Eyes & Eyebrows",
            5: "Nose", 6: "Mouth and Lips", 7: "Skin Texture & Wrinkles", 8: "Skin Tone and Lighting",
            9: "Hairline and Facial Hair", 10: "Ears", 11: "Facial Expression",
        },
    ),
    "introduced and closed": (
        "Sure! Here is a detailed analysis of the face, focusing only on facial anatomy:\n\n"
        + written("{n}. **{title}**: {body}", "\n\n")
        + "\n\nOverall, the face looks calm.\n\nLet me know if you need more."
    ),
    "a rule before the end": written("{n}. {title}: {body}") + "\n\n---\n\n*These are observations only.*",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_sections(form):
    found = read_sections(FORMS[form])
    assert dict(found.sections) == BODIES
    assert found.missing == ()


def test_the_template_is_the_sources_and_holds_the_titles():
    text = (Path(package.__file__).parent / "template.txt").read_text("utf-8")
    assert text.startswith("Carefully analyze the face and describe its features in detail. Focus only on facial ")
    assert "anatomy—ignore clothing and background.\n\n1. Face Shape: Shape (oval, round, etc.)" in text
    assert "6. Lips & Mouth: Lip shape, fullness, position, and even faintly visible teeth.\n" in text
    assert text.endswith("\n\nRespond using numbered sections as above.\n")
    lines = [line for line in text.splitlines() if line[:1].isdecimal()]
    assert len(lines) == len(LABELS) == 11
    for number, title in TITLES.items():
        assert lines[number - 1].startswith(f"{number}. {title}: ")
    assert read_sections(text).missing == ()


def test_missing_sections_are_named():
    text = "\n".join(f"{n}. {TITLES[n]}: {BODIES[n]}" for n in (1, 2, 4, 5, 6, 7))
    assert read_sections(text).missing == (3, 8, 9, 10, 11)


def test_an_empty_section_is_missing():
    found = read_sections(FORMS["as asked"].replace(BODIES[5], ""))
    assert found.missing == (5,)


def test_two_sections_under_one_heading():
    text = FORMS["as asked"].replace("5. Nose: ", "5-6. Nose, Lips & Mouth: ").replace("\n6. Lips & Mouth:", "")
    found = read_sections(text)
    assert found.sections[5] == found.sections[6] == f"{BODIES[5]} {BODIES[6]}"
    assert found.notes == ("sections 5 and 6 were written as one",)
    assert found.missing == ()


def test_ears_and_expression_as_one():
    text = FORMS["as asked"].split("\n10.")[0] + "\n10. Ears & Expression: Both ears hidden. A calm look."
    found = read_sections(text)
    assert found.sections[10] == "Both ears hidden. A calm look."
    assert found.missing == (11,)


def test_numbers_that_slipped_follow_the_titles():
    titles = [n for n in TITLES if n != 3]  # the model left the forehead out and counted on
    text = "\n".join(f"{i}. **{TITLES[n]}**: {BODIES[n]}" for i, n in enumerate(titles, 1))
    found = read_sections(text)
    assert found.missing == (3,)
    assert all(found.sections[n] == BODIES[n] for n in titles)
    assert "Nose was numbered 4" in found.notes


def test_points_inside_a_section_open_none():
    text = FORMS["bold number"].replace(
        BODIES[3], "- Size: broad\n- Skin texture: fine lines\n- **Lines:** two\n- Eyebrows: not part of it"
    )
    found = read_sections(text)
    assert found.sections[3] == "Size: broad Skin texture: fine lines Lines: two Eyebrows: not part of it"
    assert found.sections[7] == BODIES[7]
    assert found.sections[4] == BODIES[4]


def test_an_echo_of_the_question_is_not_the_answer():
    echo = "1. Face Shape: Shape, symmetry.\n2. Jaw & Cheekbones: Contour.\n\n"
    assert dict(read_sections(echo + FORMS["as asked"]).sections) == BODIES


def test_text_after_the_last_section_is_left_out_and_said():
    found = read_sections(FORMS["introduced and closed"])
    assert found.notes == ("text after the last section was left out",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I'm sorry, but I can't help with describing people.",
        "The picture shows a cat on a sofa. It has green eyes: both are open.",
        "1. Buy milk\n2. Call Ann\n3. Sleep",
        "<think>1. Face Shape: ... 2. Jaw",
        "{not json",
        "a\x00\x07 " * 500,
        "1" * 5000,
        "*" * 5000,
    ],
)
def test_other_texts_have_no_sections(text):
    assert read_sections(text).sections == {}


def test_an_answer_that_breaks_off_keeps_what_came():
    found = read_sections(FORMS["as asked"][:220])
    assert found.missing[-1] == 11
    assert found.sections[1] == BODIES[1]


def test_levels():
    assert read_heading("4. Eyes & Brows: large", 0).level is Level.NUMBERED
    assert read_heading("**Eyes**", 0).level is Level.MARKED
    assert read_heading("Eyes: large", 0).level is Level.PLAIN
    assert read_heading("- Eyes: large", 0).level is Level.BULLET
    assert read_heading("4. Large ones", 0).level is Level.NUMBER_ONLY
    assert read_heading("The eyes are large: both of them", 0) is None
    assert sections_of("Skin Tone & Lighting") == (8,)
    assert sections_of("Clothing") == ()
