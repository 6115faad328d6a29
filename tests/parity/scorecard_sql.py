"""An exported scorecard, run as a query, against the program's own scores, row by row.

    arrears models export models/customers -o card.sql
    arrears panel --ledger books --unit customer --days-late 30 --from 2025-12 --to 2025-12 -o panel.csv
    arrears score --ledger books --as-of 2025-12-31 --unit customer --model models/customers -o scores.csv
    python scorecard_sql.py --sql card.sql --panel panel.csv --scores scores.csv

SQLite comes with Python. Ends with an error where a score differs, or a probability by more than 1e-12.
"""

import argparse
import csv
import sqlite3


def number(text):
    """A cell of a panel: words stay words, an empty cell is missing."""
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("#")]
    return list(csv.DictReader(lines))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("sql", "panel", "scores"):
        arguments.add_argument(f"--{name}", required=True)
    arguments = arguments.parse_args()

    panel = rows_of(arguments.panel)
    columns = list(panel[0])
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    names = ", ".join(f'"{column}"' for column in columns)
    database.execute(f"CREATE TABLE panel ({names})")
    places = ", ".join("?" for _ in columns)
    rows = [[row[column] if column.endswith("_id") else number(row[column]) for column in columns] for row in panel]
    database.executemany(f"INSERT INTO panel VALUES ({places})", rows)
    with open(arguments.sql, encoding="utf-8") as file:
        scored = database.execute(file.read()).fetchall()

    key = ("customer_id", "invoice_id", "instalment") if "invoice_id" in columns else ("customer_id",)
    own = {tuple(row[name] for name in key): row for row in rows_of(arguments.scores)}
    n_compared = n_differ = 0
    for row in scored:
        # What is late already has the lowest score, whatever the card says of it.
        if row["standing"] == "already_bad":
            continue
        expected = own[tuple(str(row[name]).removesuffix(".0") for name in key)]
        n_compared += 1
        same_points = float(row["points"]) == float(expected["score"])
        same_probability = abs(row["probability"] - float(expected["probability"])) <= 1e-12
        n_differ += not (same_points and same_probability)
    print(f"{n_compared} rows compared, {n_differ} differ")
    if n_differ or not n_compared:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
