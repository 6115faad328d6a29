//! `aging --base` and `flow --base`: a table in the base currency beside the one by currency.

use std::path::Path;

use super::{arrears, fine, json_table};

const INVOICES: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency
1,acme,2024-01-10,2024-02-09,100.00,EUR
2,bolt,2024-01-10,2024-02-09,300.00,USD
";
const RATES: &str = "date,currency,to_base
2024-01-01,EUR,1
2024-01-01,USD,0.90
2024-02-29,USD,0.95
";

fn import(at: &Path, tables: &[(&str, &str)]) {
    let mut line = "import --ledger L --imported-on 2024-06-30".to_owned();
    for (name, text) in tables {
        std::fs::write(at.join(name), text).unwrap();
        line.push_str(&format!(" {name}"));
    }
    fine(at, &line);
}

/// A sum of money as JSON shows it, in cents.
fn cents(row: &serde_json::Value, column: &str) -> i64 {
    let text = row[column]
        .as_str()
        .map_or_else(|| row[column].to_string(), str::to_owned);
    let amount: f64 = text.parse().unwrap_or_else(|_| panic!("no `{column}` in {row}"));
    (amount * 100.0).round() as i64
}

#[test]
fn money_of_two_currencies_is_added_up_in_the_base_currency() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(at, &[("invoices.csv", INVOICES), ("fx_rates.csv", RATES)]);
    let aging = fine(at, "aging --ledger L --as-of 2024-02-29 --base EUR --format json");
    let in_base = json_table(&aging, "aging_base");
    assert_eq!(in_base.len(), 1);
    assert_eq!(in_base[0]["currency"], "EUR");
    assert_eq!(cents(&in_base[0], "overdue"), 100 * 100 + 300 * 95);
    assert_eq!(json_table(&aging, "aging").len(), 2);
    // February moves nothing: only the rate of the dollar did.
    let flow = fine(
        at,
        "flow --ledger L --as-of 2024-02-29 --from 2024-02 --to 2024-02 --base EUR --format json",
    );
    let month = &json_table(&flow, "flow_base")[0];
    assert_eq!(cents(month, "opening"), 100 * 100 + 300 * 90);
    assert_eq!(cents(month, "fx_unrealised"), 300 * (95 - 90));
    assert_eq!(cents(month, "closing"), 100 * 100 + 300 * 95);
}

#[test]
fn a_base_currency_needs_rates() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(at, &[("invoices.csv", INVOICES)]);
    for verb in ["aging", "flow"] {
        let run = arrears(at, &format!("{verb} --ledger L --as-of 2024-02-29 --base EUR"));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{verb}");
        assert_eq!(run.stderr, "error: not available: import fx_rates\n", "{verb}");
    }
}
