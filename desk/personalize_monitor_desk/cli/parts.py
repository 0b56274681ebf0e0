"""The verbs, and which extra of the installation brings what they need. Imports nothing of either.

A plain installation has boto3 and no more: what the functions need. Whatever is missing, it is
told in one sentence with the command that brings it.
"""

from __future__ import annotations

from importlib.util import find_spec

VERBS = {
    "demo": "Three days of a fleet in a local AWS, watched by the real application.",
    "sandbox": "Serve a local AWS with a living fleet on 127.0.0.1, until Ctrl-C.",
    "status": "The fleet now: floors, traffic, utilization, errors, alarms, money.",
    "plan": "What the application would change here, why, and what that saves.",
    "apply": "Carry out a plan that you approved; what has drifted since is refused.",
    "restore": "Bring back what was deleted, stopped or lowered.",
    "prewarm": "A higher floor for a known event, and back afterwards; list, cancel.",
    "journal": "What was asked, done and told, by whom, and why.",
    "changes": "Every change of a floor: its verdict, before and after, and what it saved.",
    "backtest": "What each right-sizing mode would have cost, on traces or your own history.",
    "report": "One file to mail: the fleet, its waste, and what to do first.",
    "savings": "What a month costs, what of it is unused, and what could be saved.",
    "prices": "Which prices are in force and why; learn them from the bill.",
    "schema": "The JSON Schema of what a verb writes with --output json.",
    "doctor": "Check credentials, permissions, deployment and metrics, with the cure.",
    "console": "The fleet in your browser, live: graphs, decisions, plan, savings, events.",
}
"""Every verb with its line in the help; the module of the same name in ``verbs`` is loaded late."""

EXTRAS = {
    "cli": ("typer", "rich", "jmespath"),
    "sandbox": ("moto", "flask", "flask_cors", "openapi_spec_validator", "samtranslator", "yaml"),
    "console": ("starlette", "jinja2", "uvicorn", "python_multipart", "prometheus_client"),
}
"""The modules that each extra brings; the two others bring those of ``cli``, too."""
OF_VERB = {"demo": ("sandbox",), "sandbox": ("sandbox",), "console": ("console",)}
"""Extras that a verb needs; ``cli`` is enough for the others."""


def extras_of(verb: str, arguments: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The extras that a verb needs when it is called with these arguments."""
    needed = OF_VERB.get(verb, ("cli",))
    return (*needed, "sandbox") if verb == "console" and "--sandbox" in arguments else needed


def lacking(*extras: str) -> str:
    """A sentence that names the first module of these extras that is missing; empty when none is.

    It ends with the command that brings all of them.
    """
    for extra in extras:
        for module in (*EXTRAS["cli"], *EXTRAS[extra]):
            if not _there(module):
                return f"{module} is not installed; {cure(*extras)}."
    return ""


def cure(*extras: str) -> str:
    """How to install these extras."""
    return f"pip install 'personalize-monitor[{','.join(extras)}]' brings what this needs"


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False
