"""Run the cross-check: `python -m crosscheck [round ...]`, about four minutes.

Exit code 0 when the sandbox nowhere contradicts AWS's documentation, or when the second emulator
cannot run here (said in one sentence); 1 when it does. The report goes to build/crosscheck.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from crosscheck import report, second
from crosscheck.checks import Answer, Finding, Round, When, findings
from crosscheck.cloud import Cloud
from crosscheck.rounds import ROUNDS

OUTPUT = Path(__file__).resolve().parent.parent / "build"


def main(wanted: Sequence[str]) -> int:
    """Prepare both sides, ask, compare, report."""
    rounds = [one for one in ROUNDS if not wanted or one.name in wanted]
    if not rounds:
        _say(f"No such round; there are: {', '.join(one.name for one in ROUNDS)}.")
        return 2
    try:
        _say(f"Preparing LocalStack {second.VERSION} in {second.ENVIRONMENT.name} ...")
        python = second.prepare()
        begin = time.monotonic()
        with second.running(python) as theirs, our_side() as ours:
            _say(f"Asking the sandbox at {ours} and LocalStack at {theirs} ...")
            found = compare(rounds, Cloud("the sandbox", ours), Cloud("LocalStack", theirs))
    except second.Unavailable as reason:
        _say(f"Cross-check skipped: {reason}")
        return 0
    return _tell(found, time.monotonic() - begin)


def compare(rounds: Sequence[Round], ours: Cloud, theirs: Cloud) -> list[Finding]:
    """Put all rounds to both clouds at the same time."""
    with ThreadPoolExecutor(2) as sides:
        one, other = sides.map(lambda cloud: _ask_all(rounds, cloud), (ours, theirs))
    return [
        finding for each in rounds for finding in findings(each, one[each.name], other[each.name])
    ]


def _ask_all(rounds: Sequence[Round], cloud: Cloud) -> dict[str, Mapping[str, Answer]]:
    # Clients are made one at a time; using them from several threads is fine.
    for service in ("cloudwatch", "events", "logs", "sns", "sqs"):
        cloud.client(service)
    beside = [one for one in rounds if one.when is When.BESIDE]
    with ThreadPoolExecutor(max(1, len(beside))) as threads:
        waiting = {one.name: threads.submit(_ask, one, cloud) for one in beside}
        answers = {one.name: _ask(one, cloud) for one in rounds if one.when is When.IN_TURN}
        answers |= {name: future.result() for name, future in waiting.items()}
    return answers | {one.name: _ask(one, cloud) for one in rounds if one.when is When.LAST}


def _ask(one: Round, cloud: Cloud) -> Mapping[str, Answer]:
    """A round's answers; a side that breaks down gives none, and the trace tells why."""
    try:
        return one.ask(cloud)
    except Exception:  # noqa: BLE001 - whatever happens on one side, the comparison goes on
        _say(f"{cloud.name} broke down in {one.name}:\n{traceback.format_exc()}")
        return {}


@contextmanager
def our_side() -> Iterator[str]:
    """The sandbox in a process of its own; its address."""
    command = [sys.executable, "-m", "crosscheck.ours"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError("The sandbox did not start; its own words are above.")
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _tell(found: Sequence[Finding], seconds: float) -> int:
    day = datetime.now(UTC).date()
    text = report.markdown(found, day, seconds)
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "crosscheck.md").write_text(text, "utf-8")
    details = json.dumps(report.document(found, day, seconds), indent=1, ensure_ascii=False)
    (OUTPUT / "crosscheck.json").write_text(details, "utf-8")
    _say(text)
    wrong = sum(finding.is_ours_wrong for finding in found)
    _say(f"The sandbox contradicts the documentation in {wrong} of {len(found)} checks.")
    return 1 if wrong else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
