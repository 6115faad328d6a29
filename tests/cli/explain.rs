//! The page about one customer, as text and as tables.

use std::path::Path;

use super::{arrears, fine, json_table};

const INVOICES: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency,posted_on
1,acme-1,2023-09-01,2023-10-01,100.00,EUR,2023-09-01
2,acme-1,2024-01-01,2024-01-31,1000.00,EUR,2024-01-01
3,acme-1,2024-03-01,2024-04-10,500.00,EUR,2024-03-01
4,bolt-1,2024-01-01,2024-01-31,70.00,EUR,2024-01-01
";
const RECEIPTS: &str = "receipt_id,customer_id,invoice_id,paid_on,amount,posted_on
a,acme-1,1,2023-10-11,100.00,2023-10-11
b,acme-1,2,2024-02-10,200.00,2024-02-10
c,bolt-1,4,2024-02-05,70.00,2024-02-05
";
const PROMISES: &str = "promise_id,customer_id,invoice_id,made_on,promised_on,amount
q,acme-1,2,2024-02-15,2024-02-20,800.00
";

fn books(at: &Path) {
    for (name, text) in [
        ("invoices.csv", INVOICES),
        ("receipts.csv", RECEIPTS),
        ("promises.csv", PROMISES),
    ] {
        std::fs::write(at.join(name), text).unwrap();
    }
    fine(
        at,
        "import --ledger L --imported-on 2024-04-01 invoices.csv receipts.csv promises.csv",
    );
}

#[test]
fn the_page_holds_every_part_and_the_verbs_agree() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let json = fine(at, "explain acme-1 --ledger L --as-of 2024-04-01 --format json");
    let all: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<&str> = all["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| table["table"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "customer",
            "balance",
            "items",
            "behaviour",
            "events",
            "score",
            "reasons",
            "worklist_place",
            "hold",
            "hold_rules",
            "escalation_items",
            "forecast",
            "arithmetic",
            "payments"
        ]
    );
    let aging = fine(at, "aging --ledger L --as-of 2024-04-01 --by customer --format json");
    let aged: serde_json::Value = serde_json::from_str(&aging).unwrap();
    let own = aged["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["customer"] == "acme-1" || row["customer_id"] == "acme-1");
    let balance = json_table(&json, "balance");
    let line = |what: &str| balance.iter().find(|row| row["line"] == what).unwrap()["money"].clone();
    assert_eq!(line("balance"), "1300.00"); // 1000 - 200 + 500
    assert_eq!(line("61-90 days past due"), "800.00");
    assert_eq!(own.unwrap()["control"], line("balance"));
    let expected: f64 = json_table(&json, "forecast")
        .iter()
        .map(|row| row["expected"].as_str().unwrap().parse::<f64>().unwrap())
        .sum();
    assert!((expected - 1300.0).abs() < 1e-6, "{expected}");
    assert_eq!(json_table(&json, "behaviour")[3]["n_settled"], 1);
    assert_eq!(
        json_table(&json, "events")[0]["what"],
        "for 2024-02-20: broken, 0.00 came"
    );
}

#[test]
fn the_page_reads_as_text_and_says_its_day_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let text = fine(at, "explain acme-1 --ledger L --as-of 2024-04-01");
    assert_eq!(text.matches("as_of: ").count(), 1, "{text}");
    for part in [
        "customer\n",
        "tie_out: 1300.00 EUR ties out to the ledger",
        "rank",
        "value_made_up",
        "days_overdue",
        "not_paid",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // Settings and model decide the rest; this much is the ledger's.
    let own = text.split("\nscore\n").next().unwrap();
    let changing = ["run: ", "ledger: ", "configuration: ", "version: "];
    let stable = own
        .lines()
        .filter(|line| !changing.iter().any(|note| line.starts_with(note)));
    insta::assert_snapshot!(stable.collect::<Vec<_>>().join("\n"));
    let without_rank = fine(at, "explain acme-1 --ledger L --as-of 2024-04-01 --no-rank");
    assert!(!without_rank.contains("value_made_up"));
    let one = fine(at, "explain acme-1 --ledger L --as-of 2024-04-01 --items 1");
    assert!(one.contains("the 1 largest of 2, the oldest due day first"), "{one}");
}

#[test]
fn a_customer_that_owes_nothing_and_one_that_nobody_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let text = fine(at, "explain bolt-1 --ledger L --as-of 2024-04-01");
    assert!(text.contains("none: nothing is open"), "{text}");
    let run = arrears(at, "explain BOLT-2 --ledger L --as-of 2024-04-01");
    assert_eq!(run.code, 2);
    assert_eq!(
        run.stderr.lines().last().unwrap(),
        "error: no customer `BOLT-2` in the ledger; near to it: `bolt-1`"
    );
}

#[test]
fn an_invoice_comes_with_what_happened_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at);
    let json = fine(at, "explain --invoice 2 --ledger L --as-of 2024-04-01 --format json");
    let invoice = json_table(&json, "invoice");
    let line = |what: &str| invoice.iter().find(|row| row["what"] == what).unwrap()["value"].clone();
    assert_eq!(
        (line("open"), line("days_past_due")),
        ("800.00 EUR".into(), "61".into())
    );
    let events = json_table(&json, "invoice_events");
    let told: Vec<&str> = events.iter().map(|row| row["event"].as_str().unwrap()).collect();
    assert_eq!(told, ["promise", "payment"]);
    assert!(!json_table(&json, "arithmetic").is_empty());
}
