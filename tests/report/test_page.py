from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from pilothouse.report.page import render_report
from pilothouse.runs.record import Said
from report.browser import browser
from report.records import SAMPLES, pilot, ranking, said

SOURCE = Path(__file__).parents[2] / "src" / "pilothouse" / "report"
OPENING = (
    "Who will leave?",
    "PILOT",
    "finds leavers better; nobody knows",
    "We can find leavers better than our best rule",
    "Call 600 flagged customers at random",
    "outputs/churn/flagged.csv",
    'class="people winner"',
    'data-out="gain"',
    "What we do not know",
    "Go if the save rate",
    "refund_after_cancel",
    "two years",
    'data-chart="learning"',
    'id="evidence"',
)


def visible_part(page: str) -> str:
    return page[page.index("<main>") : page.index('<script type="application/json"')]


@pytest.fixture(scope="module")
def page() -> str:
    return render_report(pilot())


@pytest.fixture
def file(page: str, tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind_of_record_renders(name: str) -> None:
    text = render_report(SAMPLES[name]())
    assert text.startswith("<!doctype html>")
    assert text.rstrip().endswith("</html>")
    assert len(text.encode()) < 1_500_000


def test_lists_of_people_stand_side_by_side() -> None:
    part = visible_part(render_report(ranking()))
    cases = part[
        part.index('<section class="lists">') : part.index("</section>", part.index('class="lists"'))
    ]
    assert cases.count('<article class="case">') == 2
    assert "<b>Mirror ✓</b>" in cases and "Titanic" in cases  # what was taken is marked on both sides
    assert cases.count("<b>") == 2
    assert "Because you took Solaris." in cases and "因为您选过《Solaris》。" in cases
    assert "Solaris · Stalker" in cases and "abcdefgh234567ab" in cases
    assert "outputs/films/recommendations.csv" in part and "flagged.csv" not in part
    assert 'class="people winner"' in part and 'data-out="gain"' in part


def test_items_of_lists_cannot_write_into_the_page() -> None:
    record = ranking()
    assert record.explanation is not None
    evil = "<script>alert(1)</script>"
    case = record.explanation.cases[0].model_copy(update={"baseline": [evil], "took": [evil], "has": [evil]})
    changed = record.explanation.model_copy(update={"cases": [case]})
    assert evil not in render_report(record.model_copy(update={"explanation": changed}))


def test_record_without_cases_has_no_lists() -> None:
    assert 'class="lists"' not in render_report(pilot())


def test_opening_follows_the_order_of_honesty(page: str) -> None:
    part = visible_part(page)
    places = [part.index(words) for words in OPENING]
    assert places == sorted(places)


def test_jargon_stays_below_the_fold(page: str) -> None:
    part = visible_part(page)
    opening = re.sub(r"<[^>]+>", " ", part[: part.index('id="evidence"')])
    assert not re.search(r"\b[Ff]olds?\b|折外|Brier|PR-AUC|ensemble|log loss", opening)


def test_record_language_is_shown_first() -> None:
    assert '<html lang="zh-CN" data-lang="zh">' in render_report(pilot(language="zh"))
    assert '<html lang="en" data-lang="en">' in render_report(pilot())


def test_policy_allows_exactly_the_scripts_and_the_style_inside(page: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    words = policy.group(1).replace("&#39;", "'")
    assert words.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in words
    inside = re.findall(r"<script>(.*?)</script>|<style>(.*?)</style>", page, re.DOTALL)
    assert len(inside) == 5
    for script, style in inside:
        digest = base64.b64encode(hashlib.sha256((script or style).encode()).digest()).decode()
        assert f"'sha256-{digest}'" in words


def test_page_names_no_address_to_load(page: str) -> None:
    assert not re.search(r"""\s(?:src|srcset|action|data|poster)\s*=\s*["']""", visible_part(page))
    assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', visible_part(page)))
    assert "style=" not in visible_part(page)


def test_headline_without_a_verdict_word_gets_the_word_of_its_code() -> None:
    verdict = pilot().verdict.model_dump() | {"headline": said("Try it.", "试一试。")}
    text = visible_part(render_report(pilot(verdict=verdict)))
    assert '<p class="badge"><span lang="en">PILOT</span><span lang="zh-CN">先做实验</span></p>' in text


def test_list_is_named_only_where_one_acts_on_it() -> None:
    assert "flagged.csv" in render_report(pilot())
    assert "flagged.csv" not in visible_part(render_report(SAMPLES["no_go"]()))


def test_only_the_worst_groups_stand_in_the_opening() -> None:
    group = pilot().slices[0].model_dump()
    slices = [group | {"group": f"group {k}", "loses": k == 4} for k in range(5)]
    text = visible_part(render_report(pilot(slices=slices)))
    opening = text[: text.index('id="evidence"')]
    assert re.findall(r"contract: (group \d)", opening) == ["group 4", "group 0", "group 1"]
    assert "and 2 more" in opening


def test_rows_that_could_not_be_read_are_named_only_when_there_are_some() -> None:
    assert "11 rows could not be read" in render_report(pilot())
    assert "rejects.csv" not in render_report(pilot(rows_rejected=0))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(scheme: str) -> None:
    style = (SOURCE / "static" / "report.css").read_text(encoding="utf-8")
    dark = style.index("@media screen and (prefers-color-scheme: dark)")
    part = style[:dark] if scheme == "light" else style[dark : style.index("* { box-sizing")]
    found = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", part))
    for word in ("ink", "muted", "accent", "rule", "bad"):
        for ground in ("paper", "sheet", "soft"):
            assert contrast(found[word], found[ground]) >= 4.5, (word, ground)
    verdicts = re.findall(r"--verdict: (#[0-9a-f]{6}); --verdict-soft: (#[0-9a-f]{6})", part)
    assert len(verdicts) >= 4
    for word, ground in verdicts:
        assert contrast(word, ground) >= 4.5
        assert contrast(found["ink"], ground) >= 4.5


def test_language_switches_without_reload_and_charts_follow(file: Path) -> None:
    with browser() as tab:
        tab.open(file)
        tab.ask("window.mark = 1")
        assert tab.page.locator("h1").inner_text() == "Who will leave?"
        tab.page.click("[data-switch=zh]")
        tab.drawn()
        assert tab.page.locator("h1").inner_text() == "谁会离开？"
        assert tab.ask("document.documentElement.lang") == "zh-CN"
        assert "学习的行数" in tab.page.locator("[data-chart=learning]").inner_text()
        assert tab.ask("window.mark") == 1
        assert tab.complaints == []


def test_money_shows_the_figures_of_the_record_until_edited(file: Path) -> None:
    def out(name: str) -> str:
        return str(tab.page.locator(f"[data-out={name}]").last.inner_text())

    with browser() as tab:
        tab.open(file)
        names = ("winner", "baseline", "gain", "break_even")
        assert [out(n) for n in names] == ["¥22,000", "¥15,400", "¥6,600", "4.8%"]
        assert tab.page.locator("[data-hide-when-edited]").is_visible()
        tab.page.fill("#a-success", "5")
        # 1,000 x (.7 x 600 x 5 % - 20) and 1,000 x (.59 x 600 x 5 % - 20)
        assert [out(n) for n in names] == ["¥1,000", "−¥2,300", "¥3,300", "4.8%"]
        assert not tab.page.locator("[data-hide-when-edited]").is_visible()
        tab.page.fill("#a-contact", "42")
        assert out("break_even") == "10%"
        tab.page.fill("#a-contact", "")
        assert out("gain") == "–"
        tab.page.click("button[type=reset]")
        tab.wait("document.querySelector('[data-out=gain]').textContent === '¥6,600'")
        tab.page.click("[data-switch=zh]")
        assert out("gain") == "6,600 元"


@pytest.mark.parametrize("name", SAMPLES)
def test_page_fits_360_pixels(name: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(render_report(SAMPLES[name]()), encoding="utf-8")
    with browser(width=360, scheme="dark") as tab:
        tab.open(path)
        for language in ("en", "zh"):
            tab.page.click(f"[data-switch={language}]")
            tab.drawn()
            assert tab.ask("document.documentElement.scrollWidth") == 360


def test_terms_explain_themselves_to_the_keyboard(file: Path) -> None:
    with browser() as tab:
        tab.open(file)
        tip, term = tab.page.locator("#tip"), tab.page.locator(".term").first
        assert not tip.is_visible()
        term.focus()
        assert "84 times of 100" in tip.inner_text()
        tab.page.keyboard.press("Escape")
        assert not tip.is_visible()
        missing = tab.ask(
            "[...document.querySelectorAll('.term')].filter("
            "t => !document.getElementById(t.getAttribute('aria-describedby')).textContent).length"
        )
        assert missing == 0


def test_page_prints_on_a4_in_light_colours(file: Path) -> None:
    with browser(scheme="dark") as tab:
        tab.open(file)
        tab.page.emulate_media(media="print", color_scheme="dark")
        assert tab.ask("getComputedStyle(document.body).color") == "rgb(29, 35, 41)"
        tab.page.set_viewport_size({"width": 680, "height": 960})  # A4 without its margins
        wide = tab.ask("[...document.querySelectorAll('table')].filter(t => t.scrollWidth > 681).length")
        assert wide == 0
        pdf = tab.page.pdf(prefer_css_page_size=True)
        sizes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)
        assert sizes
        assert all(abs(float(w) - 595) < 2 and abs(float(h) - 842) < 2 for w, h in sizes)


def test_the_rules_and_who_sat_out_are_told_in_both_languages() -> None:
    record = pilot()
    skipped = record.skipped[0].model_copy(update={"label": Said(**said("Neural network", "神经网络"))})
    page = visible_part(render_report(record.model_copy(update={"skipped": [skipped]})))
    assert "神经网络" in page
    for code in ("question ✓", "question ✗"):
        assert code not in page
    assert "首次查看" in page or "行动效果" in page
