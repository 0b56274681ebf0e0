"""Follow every change on traces, beside mode ``lower`` alone; write the tables of docs/harm.md.

    python -m bench.harm TRACES [--small] [--processes 2] [--only taxi] [--write]

TRACES is a folder of traces (default: the environment's PERSONALIZE_MONITOR_TRACES); those with
a peak of 2 TPS are left out. ``--small`` takes all models with a delay of ten minutes, and of the
others those with headroom 0 and 1 and own errors of 1 %.
``--keep FILE`` keeps the runs, ``--from FILE`` reports kept ones again.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import sys
from collections.abc import Sequence
from itertools import product
from multiprocessing import Pool
from pathlib import Path

from bench.harm.field import Trace
from bench.harm.figures import Compared, compare
from bench.harm.report import report, write
from bench.harm.simulate import Model, simulate

PAGE = Path(__file__).parents[2] / "docs" / "harm.md"
OWN = (0.0, 0.01, 0.05)
HEADROOM = (0.0, 0.1, 0.3, 1.0)
MODELS = [Model(lag, head, own) for lag, head, own in product((5, 10, 20), HEADROOM, OWN)]
BESIDE = [
    Model(10, 1, 0.01, incidents=True),
    Model(10, 0, 0, refuses=False),
    Model(10, 0.3, 0, refuses=False),
]


def is_small(model: Model) -> bool:
    """Whether a model is in the small grid."""
    return model.lag == 10 or (model.own == 0.01 and model.headroom in {0.0, 1.0})


def measure(work: tuple[Path, tuple[Model, ...]]) -> list[Compared]:
    """All models on one trace."""
    path, models = work
    trace = Trace(path)
    return [compare(trace, simulate(trace, model)) for model in models]


def main(argv: Sequence[str] | None = None) -> None:
    """Run as the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m bench.harm", description=__doc__)
    parser.add_argument("traces", nargs="?", default=os.environ.get("PERSONALIZE_MONITOR_TRACES"))
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--only", default="", help="part of the names of the traces to take")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--from", dest="kept", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(argv)
    if asked.kept:
        compared: list[Compared] = pickle.loads(asked.kept.read_bytes())
    elif asked.traces:
        compared = _run(asked)
    else:
        parser.error("name a folder of traces, or set PERSONALIZE_MONITOR_TRACES")
    text = report(compared)
    print(text)
    if asked.write:
        write(text, PAGE)


def _run(asked: argparse.Namespace) -> list[Compared]:
    chosen = [model for model in MODELS if is_small(model) or not asked.small]
    models = (*chosen, *BESIDE)
    files = sorted(
        path
        for path in Path(asked.traces).glob("*.csv*")
        if asked.only in path.name and "__p2." not in path.name
    )
    # In no order, so that what an interrupted run kept speaks for all.
    random.Random(3).shuffle(files)
    found: list[Compared] = []
    with Pool(asked.processes) as pool:
        for done in pool.imap_unordered(measure, [(path, models) for path in files]):
            found += done
            if asked.keep:
                asked.keep.write_bytes(pickle.dumps(found))
            print(f"  {done[0].trace}", file=sys.stderr, flush=True)
    return found


if __name__ == "__main__":
    main()
