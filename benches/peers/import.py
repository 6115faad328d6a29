"""What DuckDB needs to read, sort and write the canonical tables: the yardstick for `arrears import`.

    python benches/peers/import.py FOLDER_OF_CSV FOLDER_TO_WRITE [THREADS]

Every `<table>.csv` of the folder is read with the contract's types (money as DECIMAL(18,4)), sorted in the order in which
the ledger stores it and written as Snappy-compressed Parquet. Nothing is checked, merged or hashed, and no facts are
derived. Needs `duckdb` (measured with 2.0.0).
"""

import os
import resource
import sys
import time

import duckdb

MONEY = "DECIMAL(18,4)"
TYPES = {
    "amount": MONEY,
    "credit_limit": MONEY,
    "received_amount": MONEY,
    "margin": MONEY,
    "authority_limit": MONEY,
    "control_balance": MONEY,
    "insured_amount": MONEY,
    "instalment": "BIGINT",
    "application": "BIGINT",
    "level": "BIGINT",
    "payment_terms_days": "BIGINT",
    "minutes": "DOUBLE",
    "minutes_per_day": "DOUBLE",
    "fee_rate": "DOUBLE",
    "insured_share": "DOUBLE",
    "to_base": "DOUBLE",
    "autopay": "BOOLEAN",
    "settlement": "BOOLEAN",
    "consumer": "BOOLEAN",
    "reached": "BOOLEAN",
    "date": "DATE",
    "valid_from": "DATE",
    "limit_until": "DATE",
    "insured_until": "DATE",
    "customer_since": "DATE",
}
ORDER = {
    "invoices": "customer_id, invoice_id",
    "receipts": "customer_id, invoice_id, paid_on, receipt_id, application",
    "customers": "customer_id, valid_from",
    "disputes": "customer_id, opened_on, dispute_id",
    "promises": "customer_id, made_on, promise_id",
    "contacts": "customer_id, contacted_on, contact_id",
    "orders": "customer_id, ordered_on, order_id",
    "holds": "customer_id, placed_on",
    "collectors": "collector",
    "external": "customer_id, source, name, known_on",
    "fx_rates": "date, currency",
    "gl_balances": "entity, currency, date",
    "placements": "placement_id",
    "plans": "plan_id, instalment",
    "steps": "customer_id, invoice_id, level, done_on",
}


def type_of(column):
    return TYPES.get(column, "DATE" if column.endswith("_on") else "VARCHAR")


def main():
    folder, to, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 2
    os.makedirs(to, exist_ok=True)
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    started = time.perf_counter()
    for table, order in ORDER.items():
        path = f"{folder}/{table}.csv"
        if not os.path.exists(path):
            continue
        with open(path, encoding="utf-8") as file:
            header = file.readline().strip().split(",")
        columns = ", ".join(f"'{column}': '{type_of(column)}'" for column in header)
        table_started = time.perf_counter()
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{path}', header = true, delim = ',', quote = '\"', auto_detect = false, "
            f"columns = {{{columns}}}) ORDER BY {order}) TO '{to}/{table}.parquet' (FORMAT parquet, COMPRESSION snappy)"
        )
        print(f"{table:12} {time.perf_counter() - table_started:7.2f} s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'in all':12} {time.perf_counter() - started:7.2f} s, peak {peak:.0f} MB")


main()
