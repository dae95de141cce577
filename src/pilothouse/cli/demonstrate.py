"""``pilothouse demo``: real data, verdicts, then a server to look around in."""

from __future__ import annotations

from pathlib import Path

from pilothouse import pipeline
from pilothouse.cli import show
from pilothouse.demo import lay_out
from pilothouse.messages import Language, Message, say


def demonstrate(folder: Path, serve: bool, language: Language) -> None:
    """Lay out the demonstration's product, run it, ship it, serve it."""
    show.note(say("cli.demo_preparing"), language)

    def tell(news: Message) -> None:
        show.note(news, language)

    product, cases = lay_out(folder, language, tell)
    for case in cases:
        finished = show.follow(pipeline.run(product, case.name, language=language), language)
        show.line(say("cli.demo_case", title=case.title), language)
        if case.terms is not None:
            show.line(case.terms, language)
        show.screen(finished.record, language)
        for skipped in finished.record.skipped:
            name = skipped.candidate if skipped.label is None else show.said(skipped.label, language)
            why = skipped.install or show.said(skipped.reason, language)
            show.line(say("cli.demo_skipped", label=name, why=why), language)
        show.line(say("cli.report_at", path=str(finished.folder.path / "report.html")), language)
        show.line("", language)
        pipeline.ship(product, case.name)
    if serve:
        from pilothouse.cli.releases import serve as start

        start(product.folder, lang=language)
