"""Templates to answers: every value is escaped, a missing one is an error."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from personalize_monitor import __version__
from personalize_monitor.model.money import Money
from personalize_monitor.plan.snapshot import words
from personalize_monitor.policy.harm.words import told

HERE = Path(__file__).parent


@cache
def environment() -> Environment:
    """The one environment of all templates."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"clock": clock, "hour": hour, "day": day, "usd": usd}
    made.filters["capitalize_first"] = capitalize_first
    made.globals |= {"words": words, "told": told, "version": __version__}
    return made


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page or a part of one, with what all of them need."""
    state = request.app.state
    text = (
        environment()
        .get_template(template)
        .render(
            here=state.here,
            # What may do nothing needs no token, and a page that carries none gives none away.
            csrf=state.csrf if state.here.allow_actions or state.here.may_play else "",
            started=state.started,
            path=request.url.path,
            htmx=request.headers.get("HX-Request") == "true",
            **values,
        )
    )
    return HTMLResponse(text, status)


def clock(moment: datetime) -> Markup:
    """``2026-03-02 14:05 UTC``, as sentences say it too; ``clocks.js`` may make it local time."""
    return _time(moment, "%Y-%m-%d %H:%M UTC", "minute")


def hour(moment: datetime) -> Markup:
    """``14:05 UTC``, where the day is plain."""
    return _time(moment, "%H:%M UTC", "hour")


def _time(moment: datetime, form: str, name: str) -> Markup:
    utc = moment.astimezone(UTC)
    return Markup('<time datetime="{}" data-form="{}">{}</time>').format(
        utc.isoformat(), name, utc.strftime(form)
    )


def day(moment: date) -> str:
    """``2026-03-02``; of a time, the day in UTC."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d}"


def capitalize_first(text: str) -> str:
    """A sentence that begins with a capital letter, and keeps all others."""
    return text[:1].upper() + text[1:]


def usd(money: Money | None) -> str:
    """Whole dollars, as ``words.dollars``, with its signs in words: there is room for them."""
    text = words.dollars(money)
    if text == words.UNKNOWN:
        return "unknown"
    return text.replace("≥", "at least ").replace("~", "about ")
