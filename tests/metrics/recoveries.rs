use arrears::metrics::NullReason;
use arrears::metrics::recoveries::{Recoveries, RecoveriesParams, recoveries};
use arrears::outcome::Checked;

use super::{as_of, groups, month};
use crate::support::{ledger, total};

fn checked(text: &str, on: &str) -> Checked<Recoveries> {
    let ledger = ledger(text);
    let (from, to) = (month("2024-03"), month("2024-03"));
    let params = RecoveriesParams::default();
    recoveries(&ledger, as_of(on), from, to, &groups(&ledger, &[]), None, &params).unwrap()
}

fn of(text: &str, on: &str) -> Recoveries {
    checked(text, on).value
}

const LOST: &str = "
    invoice 1 acme issued 2024-01-01 due 2024-02-01 1000.00 EUR
    write_off 5 acme on 2024-03-10 1000.00 -> 1
    recovery 6 acme on 2024-04-15 200.00 -> 1
    recovery 7 acme on 2024-06-15 300.00 -> 1 reason=Credit-Insurance\n";

#[test]
fn what_came_back_by_age() {
    let result = of(LOST, "2024-06-30");
    let row = &result.rows()[0];
    assert_eq!((row.cohort.n_write_offs, row.cohort.written_off), (1, total("1000")));
    assert_eq!(
        row.by_age,
        [Ok(0.0), Ok(200.0 / 1000.0), Ok(200.0 / 1000.0), Ok(500.0 / 1000.0)]
    );
    assert_eq!(row.rate, Ok(500.0 / 1000.0));
    assert_eq!(row.cohort.from_insurance, total("300"));
    // June is not over on the 29th, but what came counts as of the day.
    let early = of(LOST, "2024-06-29");
    assert_eq!((early.rows()[0].by_age.len(), early.rows()[0].rate), (3, Ok(0.5)));
    // Nothing of the insured columns was imported.
    assert_eq!(result.claimable(row), None);
    assert_eq!(result.table().moneys("claimable").unwrap(), [None]);
}

#[test]
fn a_later_recovery_changes_nothing() {
    let later = format!("{LOST}recovery 8 acme on 2024-07-01 100.00 -> 1");
    assert_eq!(of(&later, "2024-06-30").table(), of(LOST, "2024-06-30").table());
}

#[test]
fn claimable_is_the_insured_share_up_to_the_insured_amount() {
    let claimable = |customer: &str| {
        let result = of(
            &format!("{LOST}customer acme valid_from=2023-01-01 {customer}"),
            "2024-06-30",
        );
        result.claimable(&result.rows()[0]).unwrap()
    };
    assert_eq!(claimable("insured_share=0.9"), total("900"));
    assert_eq!(claimable("insured_share=0.9 insured_amount=600.00"), total("600"));
    assert_eq!(claimable("insured_amount=600.00"), total("600"));
    // Insured until the day of the write-off, and until the day before.
    assert_eq!(claimable("insured_share=0.9 insured_until=2024-03-10"), total("900"));
    assert_eq!(claimable("insured_share=0.9 insured_until=2024-03-09"), total("0"));
}

#[test]
fn the_insured_amount_is_used_up_by_one_write_off_after_the_other() {
    let text = format!(
        "{LOST}invoice 2 acme issued 2024-01-01 due 2024-02-01 500.00 EUR
        write_off 9 acme on 2024-03-20 500.00 -> 2
        customer acme valid_from=2023-01-01 insured_share=0.5 insured_amount=600.00"
    );
    let result = of(&text, "2024-06-30");
    // 500 of the first, then 250, of which 100 are left under the amount.
    assert_eq!(result.claimable(&result.rows()[0]), Some(total("600")));
}

#[test]
fn a_write_off_taken_back_is_not_lost() {
    let text = format!("{LOST}reversal 9 acme on 2024-05-01 400.00 reverses=5/1 -> 1");
    let row = of(&text, "2024-06-30").rows()[0].clone();
    assert_eq!((row.cohort.written_off, row.cohort.n_write_offs), (total("600"), 1));
}

#[test]
fn nothing_written_off_has_no_rate_and_a_recovery_without_a_write_off_is_named() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-02-01 1000.00 EUR
        recovery 6 acme on 2024-04-15 200.00 -> 1";
    let checked = checked(text, "2024-06-30");
    let row = &checked.value.rows()[0];
    assert_eq!(
        (row.rate, row.cohort.recovered()),
        (Err(NullReason::NoDenominator), total("0"))
    );
    assert_eq!(
        checked.caveats[0].0,
        "recoveries without a write-off before them stand in no cohort: 1"
    );
}
