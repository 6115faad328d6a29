"""Compares the tables of two sides number by number: money and counts to the last digit, ratios to nine digits.

The program prints its tables with names and decimals; the peers write whole numbers, months by position. Both become the
same mapping from (table, currency, value, month, what) to a number; what is zero on one side may be missing on the other.
"""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from ledger import AMOUNT_TO, COUNT_TO, FROM

Numbers = dict[tuple, int | float]
COHORT_MONEY = {"credits": "credits_cumulative", "discounts": "discounts_cumulative", "write_offs": "write_offs_cumulative"}
BUCKETS = ["not_due", "days_1_30", "days_31_60", "days_61_90", "days_91_120", "days_121_plus", "no_due_date",
           "unapplied_cash", "unapplied_credits", "control"]
FLOW = ["opening", "invoiced", "debit_notes", "charges", "credit_notes", "credits", "cash", "discounts", "write_offs",
        "refunds", "reversals", "applied", "closing", "recoveries"]


def rows(folder: Path, name: str) -> list[dict]:
    """Reads a table as text; no file is no row."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def money(text: str) -> int:
    """Reads decimals as ten-thousandths."""
    return int(Decimal(text or 0) * 10_000)


def program(folder: Path, by: str | None) -> Numbers:
    """Reads the tables of `arrears history --format csv`."""
    numbers: Numbers = {}

    def group(row: dict) -> tuple:
        return (row["currency"], row[by] or "") if by else (row["currency"],)

    for row in rows(folder, "ageing"):
        for name in BUCKETS:
            numbers["ageing", *group(row), row["month_end"][:7], name] = money(row[name])
    for row in rows(folder, "flow"):
        for name in FLOW:
            numbers["flow", *group(row), row["month"], name] = money(row[name])
    for row in rows(folder, "roll_rates_items"):
        key = (*group(row), row["month"], row["from_state"])
        if row["kind"] == "count":
            numbers["roll_counts", *key, row["to_state"]] = int(row["n"])
        else:
            numbers["roll_amounts", *key, row["to_state"]] = money(row["amount"])
            numbers["roll_amounts", *key, "opening"] = money(row["amount_from"])
    for row in rows(folder, "roll_rates_customers"):
        if row["kind"] == "count":
            numbers["roll_customers", *group(row), row["month"], row["from_state"], row["to_state"]] = int(row["n"])
    for row in rows(folder, "cohorts"):
        key = ("cohorts", *group(row), row["origin"], int(row["age"]))
        numbers[*key, "n_documents"], numbers[*key, "entered"] = int(row["n_documents"]), money(row["entered"])
        numbers[*key, "cash"] = money(row["cash"])
        for name, column in COHORT_MONEY.items():
            numbers[*key, name] = money(row[column])
    for row in rows(folder, "sales_and_receipts"):
        key = ("sales_and_receipts", *group(row), row["month"])
        numbers[*key, "sales"], numbers[*key, "receipts"] = money(row["credit_sales"]), money(row["cash"])
        numbers[*key, "balance"] = money(row["balance"])
    for row in rows(folder, "dso"):
        key = ("dso", *group(row), row["month"])
        numbers[*key, "applied"] = money(row["cash_applied"])
        for name in ("true_dso", "weighted_terms", "weighted_days_late", "days_late_floored"):
            numbers[*key, name] = float(row[name] or 0)
    return numbers


def peer(folder: Path, months: list[str], by: bool) -> Numbers:
    """Reads the tables of a peer."""
    numbers: Numbers = {}

    def group(row: dict) -> tuple:
        return (row["currency"], row["value"]) if by else (row["currency"],)

    def month(row: dict, name: str = "m") -> str:
        return months[int(row[name])]

    open_claims: dict[tuple, int] = {}
    for row in rows(folder, "ageing"):
        open_claims[*group(row), month(row)] = sum(int(row[name]) for name in BUCKETS[:7])
        for name in BUCKETS:
            numbers["ageing", *group(row), month(row), name] = int(row[name])
    for row in rows(folder, "flow"):
        for name in FLOW:
            numbers["flow", *group(row), month(row), name] = int(row[name])
    for table in ("roll_counts", "roll_customers"):
        for row in rows(folder, table):
            states = FROM[int(row["origin"])], COUNT_TO[int(row["target"])]
            numbers[table, *group(row), month(row), *states] = int(row["n"])
    for row in rows(folder, "roll_amounts"):
        key = ("roll_amounts", *group(row), month(row), FROM[int(row["origin"])])
        for name in ["opening", *AMOUNT_TO]:
            column = f"days_{name.replace('-', '_').replace('+', '_plus')}" if name[0].isdigit() else name
            numbers[*key, name] = int(row[column])
    sums: dict[tuple, int] = defaultdict(int)
    for row in sorted(rows(folder, "cohorts"), key=lambda row: int(row["age"])):
        key = ("cohorts", *group(row), month(row, "origin"), int(row["age"]))
        for name in ("n_documents", "entered", "cash"):
            numbers[*key, name] = int(row[name])
        for name in COHORT_MONEY:
            sums[*key[:-1], name] += int(row[name])
            numbers[*key, name] = sums[*key[:-1], name]
    for row in rows(folder, "sales_and_receipts"):
        for name in ("sales", "receipts", "balance"):
            numbers["sales_and_receipts", *group(row), month(row), name] = int(row[name])
    for row in rows(folder, "dso"):
        key = (*group(row), month(row))
        applied, is_open = int(row["applied"]), open_claims[key]
        numbers["dso", *key, "applied"] = applied
        ratios = {"weighted_terms": "applied_terms", "weighted_days_late": "applied_late", "days_late_floored": "applied_floored"}
        for name, column in ratios.items():
            numbers["dso", *key, name] = int(row[column]) / applied if applied else 0.0
        numbers["dso", *key, "true_dso"] = int(row["open_days"]) / is_open if is_open else 0.0
    return numbers


def differences(a: Numbers, b: Numbers) -> list[str]:
    """Lists where two sides differ, of the tables that both have."""
    tables = {key[0] for key in a} & {key[0] for key in b}
    found = []
    for key in sorted({*a, *b}, key=str):
        left, right = a.get(key, 0), b.get(key, 0)
        same = left == right if isinstance(left, int) and isinstance(right, int) else abs(left - right) <= 1e-9 * max(1, abs(left))
        if key[0] in tables and not same:
            found.append(f"{' '.join(map(str, key))}: {left} and {right}")
    return found


def counts(numbers: Numbers) -> dict[str, int]:
    """Returns how many numbers that are not zero each table has."""
    found: dict[str, int] = defaultdict(int)
    for key, number in numbers.items():
        found[key[0]] += number != 0
    return dict(found)
