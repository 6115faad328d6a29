//! Policies checked, followed and replayed, from files to tables, on a ledger whose truth is known.

use std::path::Path;

use super::{arrears, column, fine};

fn books(at: &Path, n_invoices: u32) {
    fine(at, &format!("generate --out G --invoices {n_invoices} --months 24"));
    let tables = "customers invoices receipts disputes promises contacts steps orders holds collectors fx_rates";
    let files: Vec<String> = tables.split(' ').map(|name| format!("G/{name}.csv")).collect();
    fine(
        at,
        &format!("import --ledger L --imported-on 2025-12-31 {}", files.join(" ")),
    );
}

#[test]
fn a_policy_is_checked_followed_and_replayed_beside_another() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at, 3_000);
    let policy = "[policy]\nname = \"patient\"\nversion = \"2\"\neffective_until = \"2025-11-30\"\n[holds]\ndays_overdue = { watch = 60.0, hold = 120.0, release = 30.0 }\n";
    std::fs::write(at.join("patient.toml"), policy).unwrap();
    std::fs::write(at.join("wrong.toml"), "[holds]\ngrace_days = -1\nlimit = 2\n").unwrap();

    let differs = fine(at, "policy check patient.toml --format csv");
    assert_eq!(
        column(&differs, "key"),
        [
            "holds.days_overdue.hold",
            "holds.days_overdue.release",
            "holds.days_overdue.watch",
            "policy.effective_until",
            "policy.name",
            "policy.version"
        ]
    );
    let wrong = arrears(at, "policy check wrong.toml");
    assert_eq!((wrong.code, wrong.stderr.lines().count()), (2, 2), "{}", wrong.stderr);

    let held = arrears(
        at,
        "--config patient.toml holds --ledger L --as-of 2025-12-31 --base EUR --format csv",
    );
    assert!(
        held.stderr
            .contains("policy patient 2 until 2025-11-30 does not hold on 2025-12-31"),
        "{}",
        held.stderr
    );

    let months = "--ledger L --as-of 2025-12-31 --from 2025-01 --to 2025-09 --base EUR --format csv";
    let alone = fine(at, &format!("backtest holds {months} --by segment"));
    let both = fine(at, &format!("policy simulate default patient.toml {months}"));
    assert_eq!(column(&both, "policy"), ["default", "patient"]);
    let made: Vec<u32> = column(&both, "holds_made").iter().map(|n| n.parse().unwrap()).collect();
    assert!(made[0] > made[1], "{made:?}");
    // The first of the two is the policy replayed alone, whose segments add up.
    let by_segment: Vec<u32> = column(&alone, "holds_made")
        .iter()
        .map(|n| n.parse().unwrap())
        .collect();
    let (all, segments) = by_segment.split_last().unwrap();
    assert_eq!((*all, *all), (made[0], segments.iter().sum()));

    let trace = fine(
        at,
        "holds --ledger L --as-of 2025-12-31 --base EUR --trace --format csv",
    );
    assert!(
        column(&trace, "rule")
            .iter()
            .filter(|rule| *rule == "group_limit_used")
            .count()
            > 10
    );
}

#[test]
fn the_worklist_has_its_day_what_comes_next_and_a_measured_uplift() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    books(at, 20_000);
    std::fs::write(at.join("short.toml"), "[worklist]\nminutes_per_day = 10.0\n").unwrap();
    let ledger = "--ledger L --as-of 2025-12-31 --base EUR --format csv";
    let day = fine(at, &format!("worklist {ledger}"));
    let next = fine(at, &format!("worklist {ledger} --next"));
    let ranks = [column(&day, "rank"), column(&next, "rank")].concat();
    assert_eq!(
        ranks,
        (1..=ranks.len()).map(|rank| rank.to_string()).collect::<Vec<_>>()
    );
    let uplift = fine(at, &format!("uplift {ledger}"));
    assert_eq!(column(&uplift, "up_to_days"), ["0", "30", "60", "90", "180", ""]);
    assert!(column(&uplift, "measured").iter().any(|measured| !measured.is_empty()));

    let months = "--ledger L --as-of 2025-12-31 --from 2025-03 --to 2025-09 --base EUR --draws 50 --format csv";
    let judged = fine(
        at,
        &format!("backtest contacts --effects G/truths/truth_contacts.csv {months}"),
    );
    let orders = column(&judged, "order");
    let regret = column(&judged, "regret");
    let first = |order: &str| {
        regret[orders.iter().position(|own| own == order).unwrap()]
            .parse::<f64>()
            .unwrap()
    };
    assert_eq!(first("best possible"), 0.0);
    assert!(first("value") < first("random"), "{judged}");
}
