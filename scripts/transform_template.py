"""Write template.yaml as plain CloudFormation, for tools that do not understand SAM.

Usage: transform_template.py OUTPUT.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from personalize_monitor.sandbox.stack.template import load, transform

ROOT = Path(__file__).parents[1]


def main(output: str) -> None:
    """Transform offline, with the default parameters' names left as references."""
    template = transform(load(ROOT / "template.yaml"), ROOT, {}, "us-east-1")
    Path(output).write_text(json.dumps(template.body, indent=1, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
