"""What each step of the newest run of a working folder took, as a Markdown table.

usage: steps.py FOLDER [SHARE]   steps with at least SHARE of all the time, default 0.01

Times are by the clock and steps run beside each other, so they add up to more than the run took. Steps that
are made together from the items (one pass over them) say the same time; it is counted once.
"""

import json
import sys
from pathlib import Path

folder, least = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.01
newest = max((folder / "store/manifest/run").glob("*.json"), key=lambda path: path.name)
steps = {}
for step in json.loads(newest.read_text())["steps"]:
    seconds, rows = steps.get(step["step"], (0.0, 0))
    steps[step["step"]] = (seconds + step["seconds"], rows + step["rows"])
together = {}
for name, (seconds, rows) in steps.items():
    together.setdefault(round(seconds, 3), []).append((name, rows))
total = sum(together)
print("| steps | seconds | rows |\n|---|---|---|")
for seconds, made in sorted(together.items(), reverse=True):
    if seconds >= least * total:
        names, rows = zip(*made)
        print(f"| {', '.join(names)} | {seconds:.1f} | {', '.join(f'{count:,}' for count in rows)} |")
small = sum(seconds for seconds in together if seconds < least * total)
print(f"| all others | {small:.1f} | |")
