"""A ledger on disk as its peers read it: files of facts, months, groups.

The peers start where the program starts: from the ledger's own facts, whole numbers sorted by customer. No string is
joined and no text parsed. Days are whole days since 1970-01-01 and money is in ten-thousandths, whatever types the files use.
"""

import argparse
import calendar
import datetime
import json
from pathlib import Path

EPOCH = datetime.date(1970, 1, 1)
CREDIT_NOTE, FINANCE_CHARGE = 1, 3
CASH, CASH_APPLIED, CREDIT, CREDIT_APPLIED, DISCOUNT, WRITE_OFF, REFUND, REVERSAL, RECOVERY = range(9)

# Open states by rank, best to worst, and what follows them in the matrices.
STATES = ["no_due_date", "not_due", "1-30", "31-60", "61-90", "91-120", "121+"]
EDGES = [0, 30, 60, 90, 120]
ENTERED, REOPENED = 7, 8
FROM = STATES + ["entered", "reopened"]
PAID, CREDITED, WRITTEN_OFF = 7, 8, 9
COUNT_TO = STATES + ["paid", "credited", "written_off"]
AMOUNT_TO = STATES + ["over_applied", "collected", "credited", "discounted", "written_off", "reversed"]

TABLES = ["ageing", "flow", "roll_counts", "roll_amounts", "roll_customers", "cohorts", "sales_and_receipts", "dso"]


def arguments(description: str) -> argparse.Namespace:
    """Reads what every peer is told: the ledger, the months, the folder for the results."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--from", dest="first", required=True, metavar="YYYY-MM")
    parser.add_argument("--to", dest="last", required=True, metavar="YYYY-MM")
    parser.add_argument("--out", type=Path, required=True, help="folder for a CSV file per table")
    parser.add_argument("--by", help="one attribute of customers, beside the currency")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--level", choices=["item", "customer", "both"], default="both",
                        help="item: all but the roll rates by customer; customer: those alone")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    return args


def only_layer(ledger: Path) -> dict:
    """Returns the layer of a ledger that was imported at once: the peers do not lay layers over each other."""
    layers = json.loads((ledger / "manifest.json").read_text())["layers"]
    if len(layers) != 1:
        raise SystemExit(f"{ledger} has {len(layers)} layers, expected one: import everything at once into a new folder")
    return layers[0]


def facts(ledger: Path, name: str) -> str:
    """Returns the file of some facts, by the manifest."""
    return str(ledger / only_layer(ledger)["facts"][name]["file"])


def table(ledger: Path, name: str) -> str:
    """Returns the file of a table of customers as imported, by the manifest."""
    return str(ledger / only_layer(ledger)["tables"][name]["file"])


def month_ends(first: str, last: str) -> list[int]:
    """Returns the last day of the month before `first`, then of each month up to `last`, as days since 1970."""
    year, month = map(int, first.split("-"))
    ends = [(datetime.date(year, month, 1) - EPOCH).days - 1]
    while f"{year}-{month:02}" <= last:
        ends.append((datetime.date(year, month, calendar.monthrange(year, month)[1]) - EPOCH).days)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return ends


def month_name(end: int) -> str:
    """Returns the month that ends on a day."""
    return (EPOCH + datetime.timedelta(days=end)).strftime("%Y-%m")
