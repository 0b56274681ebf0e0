"""The findings as a person reads them: a table of rounds, then every difference."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from crosscheck.checks import Answer, Finding, Verdict
from crosscheck.second import AS_OF, VERSION

_SHORT = {
    Verdict.AGREED: "both",
    Verdict.OURS: "ours only",
    Verdict.THEIRS: "LocalStack only",
    Verdict.NEITHER: "neither",
    Verdict.SAME: "same",
    Verdict.OPEN: "different",
}
_EVEN = {Verdict.AGREED, Verdict.SAME}


def markdown(found: Sequence[Finding], day: date, seconds: float) -> str:
    """The whole report as Markdown."""
    total = Counter(finding.verdict for finding in found)
    head = (
        f"{day.isoformat()}, LocalStack {VERSION} (packages as of {AS_OF}), "
        f"{len(found)} checks in {seconds:.0f} seconds."
    )
    legend = (
        "The first four columns say who answers as AWS documents it; the last two are questions "
        "on which the documentation is silent."
    )
    lines = [
        head,
        "",
        "| Round | Checks | " + " | ".join(_SHORT.values()) + " |",
        "| --- |" + " ---: |" * (len(_SHORT) + 1),
        *(_row(name, [one for one in found if one.round == name]) for name in _rounds(found)),
        _row("**All**", found),
        "",
        legend,
        "",
    ]
    for verdict in Verdict:
        if verdict in _EVEN or not total[verdict]:
            continue
        lines += [f"### {verdict.value[0].upper()}{verdict.value[1:]}", ""]
        lines += ["| Question | Documented | Ours | LocalStack | Source |", "| --- " * 5 + "|"]
        lines += [_difference(one) for one in found if one.verdict is verdict]
        lines.append("")
    return "\n".join(lines)


def _rounds(found: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(finding.round for finding in found))


def _row(name: str, found: Sequence[Finding]) -> str:
    count = Counter(finding.verdict for finding in found)
    cells = " | ".join(str(count[verdict] or "") for verdict in _SHORT)
    return f"| {name} | {len(found)} | {cells} |"


def _difference(one: Finding) -> str:
    documented = " or ".join(_cell(answer) for answer in one.check.documented) or "silent"
    cells = (f"{one.round}: {one.check.name}", documented, _cell(one.ours), _cell(one.theirs))
    return "| " + " | ".join((*cells, one.check.source or "")) + " |"


def _cell(answer: Answer) -> str:
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    text = text.replace("|", "\\|")
    return f"`{text if len(text) <= 160 else text[:157] + '...'}`"


def document(found: Sequence[Finding], day: date, seconds: float) -> dict[str, Any]:
    """The same as values for JSON."""
    return {
        "date": day.isoformat(),
        "localstack": VERSION,
        "seconds": round(seconds),
        "findings": [
            asdict(finding.check)
            | {
                "round": finding.round,
                "ours": finding.ours,
                "localstack": finding.theirs,
                "verdict": finding.verdict.value,
            }
            for finding in found
        ],
    }
