#!/bin/sh
# Trains the two models that come with the program, on a made-up ledger alone; to be run when the catalogue of features or the layout of
# models has changed:  models/train-defaults.sh target/release/arrears
set -eu
arrears=$(realpath "${1:-arrears}")
models=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Documents and receipts are what every ledger has: nothing else is looked at.
"$arrears" generate --out export --invoices 60000 --months 36 --seed 2026 --tables invoices,receipts
"$arrears" import --ledger ledger --imported-on 2026-01-01 export/invoices.csv export/receipts.csv -o import.json
for unit in invoice customer; do
    name=default-${unit}s
    "$arrears" train --ledger ledger --as-of 2025-12-31 --unit "$unit" --days-late 30 --estimator scorecard \
        --name "$name" --models trained --illustrative -o "$name.json"
    rm -rf "${models:?}/$name"
    cp -r "trained/$name" "$models/$name"
done
