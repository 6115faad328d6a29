"""Runs the program and its peers over the same ledger, checks that they say the same, and prints what each takes.

Every side is a whole process, started one after the other: opening files, reading, adding up and writing results all
count. Time is the best of the runs; memory is the peak that the operating system reports. The tables of each peer are
compared with the program's, number by number.

    python -m pip install -r requirements.txt
    python run.py --arrears ../../target/release/arrears --ledger DIR --from 2022-01 --to 2025-12
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import agree
from ledger import month_ends, month_name

HERE = Path(__file__).parent


@dataclass
class Took:
    """What one process took, or why it failed."""
    seconds: float
    processor: float
    gigabytes: float
    failure: str | None


def take(command: list[str], limit_gb: float | None) -> Took:
    """Runs a process to its end."""
    def limit() -> None:
        if limit_gb:
            resource.setrlimit(resource.RLIMIT_AS, (int(limit_gb * 1e9),) * 2)

    started = time.perf_counter()
    with tempfile.TemporaryFile() as talk:
        process = subprocess.Popen(command, stdout=talk, stderr=talk, preexec_fn=limit)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        talk.seek(0)
        lines = talk.read().decode(errors="replace").strip().splitlines()
    failure = None if process.returncode == 0 else f"exit {process.returncode}: {lines[-1] if lines else ''}"
    return Took(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1e6, failure)


def best(runs: list[Took]) -> Took:
    """Returns the shortest run, or the first that failed."""
    return next((run for run in runs if run.failure), min(runs, key=lambda run: run.seconds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arrears", type=Path, required=True, help="the program, built with --release")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--from", dest="first", required=True, metavar="YYYY-MM")
    parser.add_argument("--to", dest="last", required=True, metavar="YYYY-MM")
    parser.add_argument("--by", help="one attribute of customers, beside the currency")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--runs", type=int, default=3, help="runs of each side; the best counts")
    parser.add_argument("--without", default="", help="sides to leave out, such as `pandas`")
    parser.add_argument("--limit-gb", type=float, help="memory a peer may ask for; without it, what the machine has")
    args = parser.parse_args()

    months = [month_name(end) for end in month_ends(args.first, args.last)[1:]]
    common = ["--ledger", str(args.ledger), "--from", args.first, "--to", args.last, *(["--by", args.by] if args.by else [])]
    threads = ["--threads", str(args.threads)]
    python = [sys.executable, "-W", "error::FutureWarning"]
    sides = {
        "arrears history": [str(args.arrears), "history", *common, "--format", "csv", "--quiet"],
        "duckdb, by item": [*python, str(HERE / "duckdb_history.py"), *common, *threads, "--level", "item"],
        "duckdb": [*python, str(HERE / "duckdb_history.py"), *common, *threads],
        "pandas": [*python, str(HERE / "pandas_history.py"), *common, *threads],
    }
    sides = {name: side for name, side in sides.items() if name not in args.without.split(",")}
    os.environ["RAYON_NUM_THREADS"] = str(args.threads)

    said: dict[str, agree.Numbers] = {}
    took: dict[str, Took] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, command in sides.items():
            out = Path(folder) / name.replace(" ", "-")
            limit = None if name.startswith("arrears") else args.limit_gb
            took[name] = best([take([*command, "--out", str(out)], limit) for _ in range(args.runs)])
            if took[name].failure is None:
                is_program = name.startswith("arrears")
                said[name] = agree.program(out, args.by) if is_program else agree.peer(out, months, bool(args.by))
            print(f"{name}: {took[name]}", file=sys.stderr)

    ours = took["arrears history"]
    print(f"\n{args.ledger}, {args.first} to {args.last}, {args.threads} threads, best of {args.runs}\n")
    print("| side | seconds | processor seconds | peak GB | times as long | numbers compared | differ |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    is_same = ours.failure is None
    for name, run in took.items():
        if run.failure:
            print(f"| {name} | {run.failure} | {run.processor:.2f} | {run.gigabytes:.2f} | | | |")
            continue
        compared, different = "", ""
        if ours.failure is None and name != "arrears history":
            found = agree.differences(said["arrears history"], said[name])
            is_same = is_same and not found
            tables = {key[0] for key in said["arrears history"]}
            compared = sum(n for table, n in agree.counts(said[name]).items() if table in tables)
            different = len(found)
            for line in found[:10]:
                print(f"  {name}: {line}", file=sys.stderr)
        ratio = f"{run.seconds / ours.seconds:.1f}" if ours.failure is None else ""
        print(f"| {name} | {run.seconds:.2f} | {run.processor:.2f} | {run.gigabytes:.2f} | {ratio} | {compared} | {different} |")
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
