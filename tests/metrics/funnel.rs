use arrears::calendar::AsOf;
use arrears::ledger::Ledger;
use arrears::metrics::funnel::{ContactKeys, Funnel, FunnelByKey, FunnelError, FunnelParams, funnel};
use arrears::metrics::wilson_interval;
use arrears::money::Currency;
use proptest::prelude::*;

use super::{as_of, month};
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{day, ledger, total};

const LEDGER: &str = "
    invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR
    invoice 2 bolt issued 2024-01-01 due 2024-01-31 100.00 USD
    contact k1 acme contacted_on=2024-02-05 direction=out channel=call reached=true contacted_at=2024-02-05T09:40:00
    contact k2 acme contacted_on=2024-02-07 direction=out channel=e-mail reached=false contacted_at=2024-02-07T09:05:00
    contact k3 bolt contacted_on=2024-02-05 direction=out channel=call reached=true contacted_at=2024-02-05T16:00:00
    contact k4 bolt contacted_on=2024-02-06 direction=out channel=call
    contact k5 bolt contacted_on=2024-02-06 direction=in channel=call reached=true
    promise p1 acme made_on=2024-02-07 promised_on=2024-02-14 60.00
    promise p2 acme made_on=2024-02-05 promised_on=2024-02-20 40.00 -> 1
    promise p3 bolt made_on=2024-02-08 promised_on=2024-02-20 10.00 -> 2
";

fn found(ledger: &Ledger, day: &str, by: &[&str]) -> Result<Funnel, FunnelError> {
    let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    let (from, to) = (month("2024-02"), month("2024-02"));
    Ok(funnel(ledger, as_of(day), from, to, &by, None, &FunnelParams::default())?.value)
}

#[test]
fn stages_by_hand() {
    let found = found(&ledger(LEDGER), "2024-02-29", &[]).unwrap();
    let (_, counts) = &found.rows()[0];
    // Four attempts, the customer's own call not being one; three say whether they reached anybody.
    assert_eq!((counts.n_attempts, counts.n_known, counts.n_reached), (4, 3, 2));
    // Both promises of acme belong to the call of the 5th, the e-mail having reached nobody; bolt's came a day too late.
    assert_eq!(counts.n_promised, 1);
    let table = found.table();
    assert_eq!(table.ints("n").unwrap(), [Some(4), Some(2), Some(1), Some(0)]);
    assert_eq!(table.ints("n_of").unwrap(), [None, Some(3), Some(2), Some(1)]);
    // Nothing came in until the 23rd: both promises of the one contact are broken.
    assert_eq!(
        table.reals("share").unwrap(),
        [None, Some(2.0 / 3.0), Some(1.0 / 2.0), Some(0.0)]
    );
    assert_eq!(
        table.reals("share_high").unwrap()[2],
        wilson_interval(1, 2, 0.95).map(|(_, high)| high)
    );
    assert_eq!(
        table.reals("of_attempts").unwrap(),
        [Some(1.0), Some(2.0 / 4.0), Some(1.0 / 4.0), Some(0.0)]
    );
    let contract = arrears::metrics::contracts::contract("funnel.v1").unwrap();
    assert!(
        table
            .notes
            .contains(&("conventions".to_owned(), contract.conventions.line()))
    );
    let euro = Currency::parse("EUR").unwrap();
    let money = &counts.promises[&euro];
    assert_eq!((money.n_promises, money.promised), (2, total("60") + total("40")));
    let money = found.money_table().unwrap();
    assert_eq!(money.moneys("promised").unwrap(), [Some(total("100"))]);
    assert!(
        table
            .notes
            .iter()
            .any(|(key, text)| key == "promises_alone" && text.starts_with("1 promise"))
    );
}

#[test]
fn an_attempt_is_kept_when_all_of_its_promises_are() {
    let judged = |payment: &str, on: &str| {
        let found = found(&ledger(&format!("{LEDGER}{payment}")), on, &[]).unwrap();
        let (_, counts) = &found.rows()[0];
        (counts.n_promised, counts.n_judged, counts.n_kept)
    };
    let (part, all) = (
        "payment 7 acme on 2024-02-10 40.00 -> 1",
        "payment 7 acme on 2024-02-10 100.00 -> 1",
    );
    assert_eq!(judged(all, "2024-02-09"), (1, 0, 0));
    assert_eq!(judged(all, "2024-02-10"), (1, 1, 1));
    // 40 keep the promise on invoice 1; the 60 promised on the account for the 14th are open until the 17th.
    assert_eq!(judged(part, "2024-02-17"), (1, 0, 0));
    assert_eq!(judged(part, "2024-02-18"), (1, 1, 0));
    let found = found(&ledger(&format!("{LEDGER}{part}")), "2024-02-18", &[]).unwrap();
    let money = found.money_table().unwrap();
    assert_eq!(money.ints("n_judged").unwrap(), [Some(2)]);
    assert_eq!(money.ints("n_kept").unwrap(), [Some(1)]);
    assert_eq!(
        money.moneys("promised_judged").unwrap(),
        [Some(total("60") + total("40"))]
    );
    assert_eq!(money.moneys("paid_in_time").unwrap(), [Some(total("40") + total("40"))]);
    let table = found.table();
    assert_eq!(table.texts("stage").unwrap()[3].as_deref(), Some("kept"));
    assert_eq!(
        table.reals("share_high").unwrap()[3],
        wilson_interval(0, 1, 0.95).map(|(_, high)| high)
    );
}

#[test]
fn by_channel_weekday_and_hour() {
    let ledger = ledger(LEDGER);
    let keys = |by: &str| {
        let found = found(&ledger, "2024-02-29", &[by]).unwrap();
        let keys = found
            .rows()
            .iter()
            .map(|(key, counts)| (key[0].clone(), counts.n_attempts));
        keys.collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(keys("channel"), [(some("call"), 3), (some("e-mail"), 1)]);
    // The 5th of February 2024 was a Monday.
    assert_eq!(
        keys("weekday"),
        [(some("1 Monday"), 2), (some("2 Tuesday"), 1), (some("3 Wednesday"), 1)]
    );
    assert_eq!(keys("hour"), [(None, 1), (some("09"), 2), (some("16"), 1)]);
    assert_eq!(keys("month"), [(some("2024-02"), 4)]);
}

#[test]
fn a_later_fact_changes_nothing() {
    let later = "
        contact k9 acme contacted_on=2024-02-21 direction=out reached=true
        promise p9 acme made_on=2024-02-21 promised_on=2024-02-28 5.00";
    let (before, after) = (ledger(LEDGER), ledger(&format!("{LEDGER}{later}")));
    let rows = |ledger: &Ledger, day: &str| found(ledger, day, &["channel"]).unwrap().rows().to_vec();
    assert_eq!(rows(&before, "2024-02-20"), rows(&after, "2024-02-20"));
    assert_ne!(rows(&before, "2024-02-21"), rows(&after, "2024-02-21"));
    // What is paid later keeps nothing today.
    let paid = ledger(&format!("{LEDGER}payment 8 acme on 2024-02-21 100.00 -> 1"));
    assert_eq!(rows(&before, "2024-02-20"), rows(&paid, "2024-02-20"));
    assert_ne!(rows(&before, "2024-02-21"), rows(&paid, "2024-02-21"));
    // A promise of the 7th is no promise on the 6th.
    assert_eq!(
        rows(&before, "2024-02-06")[0]
            .1
            .promises
            .values()
            .map(|money| money.n_promises)
            .sum::<u64>(),
        1
    );
}

#[test]
fn what_was_not_imported_is_said() {
    let invoice = "invoice 1 acme issued 2024-01-01 due 2024-01-31 100.00 EUR\n";
    let none = found(&ledger(invoice), "2024-02-29", &[]).unwrap_err();
    assert_eq!(none.to_string(), "not available: import contacts");
    let contacts = ledger(&format!(
        "{invoice}contact k1 acme contacted_on=2024-02-05 reached=true"
    ));
    let alone = found(&contacts, "2024-02-29", &[]).unwrap();
    assert_eq!(alone.table().n_rows(), 2);
    let note = ("promised".to_owned(), "not available: import promises".to_owned());
    assert!(alone.table().notes.contains(&note));
    assert_eq!(
        alone.money_table().unwrap_err().to_string(),
        "not available: import promises"
    );
    let hour = found(&contacts, "2024-02-29", &["hour"]).unwrap_err();
    assert!(
        hour.to_string()
            .starts_with("not available: import contacts with an hour"),
        "{hour}"
    );
    let unknown = found(&contacts, "2024-02-29", &["chanel"]).unwrap_err();
    assert!(unknown.to_string().contains("`channel`, "), "{unknown}");
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn parts_merge_into_the_whole(lines in ledger_lines(), split in 0..5_u32, until in any_day()) {
        let ledger = ledger(&format!("{LEDGER}{}", lines.join("\n")));
        let keys = ContactKeys::of(&ledger, &["channel".to_owned()]).unwrap();
        let params = FunnelParams::default();
        let empty = FunnelByKey::new(&ledger, &keys, (day("2024-01-01"), until), AsOf(until), None, &params);
        super::merges(&ledger, split, empty, |part| part.sums().clone())?;
    }
}
