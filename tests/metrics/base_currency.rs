//! Ageing and flow in the base currency, and what exchange rates gained and lost.

use arrears::calendar::AsOf;
use arrears::ledger::Ledger;
use arrears::metrics::Months;
use arrears::metrics::aging::{AgingParams, AgingSums, aging};
use arrears::metrics::base_currency::{BaseRates, RateError};
use arrears::metrics::flow::in_base::{BaseMonth, CarriedFlowByMonth, FlowInBase, flow_in_base};
use arrears::metrics::flow::{FlowParams, flow};
use arrears::money::{Currency, Total};
use proptest::prelude::*;

use super::laws::Merging;
use super::{as_of, groups, month};
use crate::support::random::{cases, ledger_lines};
use crate::support::{day, ledger, total};

const RATES: &str = "
    fx_rate EUR date=2024-01-01 to_base=1
    fx_rate USD date=2024-01-01 to_base=0.90
    fx_rate USD date=2024-01-20 to_base=0.95
    fx_rate USD date=2024-01-31 to_base=0.92
    fx_rate USD date=2024-02-29 to_base=1.00";

fn euro() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn rates(ledger: &Ledger) -> BaseRates {
    BaseRates::of(ledger, Some(euro())).unwrap()
}

fn in_base(ledger: &Ledger, from: &str, to: &str) -> FlowInBase {
    let groups = groups(ledger, &[]);
    flow_in_base(ledger, month(from), month(to), &groups, None, &rates(ledger))
        .unwrap()
        .value
}

fn aged(ledger: &Ledger, on: &str, rates_on: &str) -> Result<Vec<AgingSums>, RateError> {
    let groups = groups(ledger, &[]);
    let aging = aging(ledger, as_of(on), &groups, None, &AgingParams::default())
        .unwrap()
        .value;
    Ok(aging.in_base(&rates(ledger), day(rates_on))?.sums().to_vec())
}

#[test]
fn the_ageing_of_all_currencies_stands_at_the_last_rates_before_the_named_day() {
    let ledger = ledger(&format!(
        "invoice 1 acme issued 2024-01-10 due 2024-01-31 100.00 EUR
         invoice 2 acme issued 2024-01-10 due 2024-01-31 10.01 USD
         invoice 3 bolt issued 2024-01-10 due 2024-04-30 20.00 USD
         payment 4 bolt on 2024-02-01 5.00 USD{RATES}"
    ));
    let sums = aged(&ledger, "2024-02-20", "2024-02-15").unwrap();
    assert_eq!(sums.len(), 1);
    // 0.92 of January 31; 10.01 x 0.92 = 9.2092.
    assert_eq!(sums[0].past_due[0], total("109.21"));
    assert_eq!(
        (sums[0].not_due, sums[0].unapplied_cash),
        (total("18.40"), total("4.60"))
    );
    assert_eq!(sums[0].control(), total("109.21") + total("18.40") - total("4.60"));
    assert_eq!(
        aged(&ledger, "2024-02-20", "2024-01-19").unwrap()[0].not_due,
        total("18.00")
    );
}

#[test]
fn rates_that_are_missing_or_still_to_come_are_refused() {
    let ledger = ledger(&format!(
        "invoice 2 acme issued 2023-12-10 due 2024-01-31 10.00 USD{RATES}"
    ));
    let refused = |on, rates_on| aged(&ledger, on, rates_on).unwrap_err().to_string();
    assert_eq!(
        refused("2024-02-20", "2023-12-31"),
        "found no rate of USD on or before 2023-12-31; import one in `fx_rates`"
    );
    assert_eq!(
        refused("2024-02-20", "2024-02-21"),
        "found rates on 2024-02-21, expected a day up to 2024-02-20: nothing looks past the as-of day"
    );
    let groups = groups(&ledger, &[]);
    let refused = flow_in_base(
        &ledger,
        month("2024-01"),
        month("2024-02"),
        &groups,
        None,
        &rates(&ledger),
    );
    assert_eq!(
        refused.unwrap_err().to_string(),
        "found no rate of USD on or before 2023-12-10; import one in `fx_rates`"
    );
}

#[test]
fn a_rate_posted_later_was_not_known() {
    let late = "fx_rate USD date=2024-02-10 posted 2024-03-01 to_base=0.5";
    let ledger = ledger(&format!(
        "invoice 2 acme issued 2024-01-10 due 2024-01-31 10.00 USD{RATES}\n{late}"
    ));
    let rates = rates(&ledger);
    let usd = Currency::parse("USD").unwrap();
    let latest = |known_on| rates.latest(usd, day("2024-02-20"), known_on).unwrap();
    assert_eq!(latest(None).0, day("2024-02-10"));
    assert_eq!(latest(Some(day("2024-02-20"))).0, day("2024-01-31"));
}

#[test]
fn what_is_settled_realises_and_what_is_open_is_revalued() {
    let ledger = ledger(&format!(
        "invoice 1 acme issued 2024-01-10 due 2024-01-31 100.00 USD
         payment 2 acme on 2024-01-20 40.00 -> 1
         payment 3 acme on 2024-02-29 60.00 -> 1{RATES}"
    ));
    let [january, february] = in_base(&ledger, "2024-01", "2024-02").rows()[0][..] else {
        panic!("two months")
    };
    // 100 x 0.90, 40 x 0.95, 40 x (0.95 - 0.90), 60 x (0.92 - 0.90), 60 x 0.92.
    assert_eq!((january.sums.invoiced, january.sums.cash), (total("90"), total("38")));
    assert_eq!(
        (january.fx_realised, january.fx_unrealised),
        (total("2"), total("1.20"))
    );
    assert_eq!(january.closing, total("55.20"));
    // 60 x 1.00 come in: 60 x (1.00 - 0.90) realised, of which 1.20 was unrealised before.
    assert_eq!((february.opening, february.sums.cash), (total("55.20"), total("60")));
    assert_eq!(
        (february.fx_realised, february.fx_unrealised),
        (total("6"), total("-1.20"))
    );
    assert_eq!(february.closing, Total::ZERO);
}

#[test]
fn cash_that_waited_realises_its_own_rate_less_that_of_the_issue() {
    let ledger = ledger(&format!(
        "invoice 1 acme issued 2024-01-10 due 2024-01-31 100.00 USD
         payment 2 acme on 2024-01-20 applied 2024-02-29 100.00 -> 1{RATES}"
    ));
    let based = in_base(&ledger, "2024-01", "2024-02");
    let months = &based.rows()[0];
    let realised: Total = months.iter().map(|month| month.fx_realised).sum();
    let unrealised: Total = months.iter().map(|month| month.fx_unrealised).sum();
    // 100 x (0.95 - 0.90), whatever the rate was when it was applied.
    assert_eq!((realised, unrealised), (total("5"), Total::ZERO));
    assert_eq!(months[1].sums.applied, Total::ZERO);
}

/// Rates by month for the random ledgers, in ten-thousandths.
const MONTHLY: [i128; 14] = [
    9_100, 9_333, 8_777, 9_051, 9_999, 10_203, 9_640, 9_001, 8_500, 9_275, 9_412, 9_731, 10_450, 9_876,
];

fn with_rates(lines: &[String]) -> Ledger {
    let mut text = lines.join("\n");
    text.push_str("\nfx_rate EUR date=2023-12-01 to_base=1\nfx_rate USD date=2023-12-01 to_base=0.91");
    for (at, rate) in MONTHLY.iter().enumerate() {
        let date = (month("2024-01") + at as i32).first();
        text.push_str(&format!(
            "\nfx_rate USD date={date} to_base={}",
            *rate as f64 / 10_000.0
        ));
    }
    ledger(&text)
}

/// Converts at ten-thousandths, rounded half away from zero to cents.
fn at(money: Total, rate: i128) -> Total {
    let scaled = money.units() * rate;
    let cents = (scaled.abs() + 500_000) / 1_000_000;
    Total::from_units(if scaled < 0 { -cents * 100 } else { cents * 100 })
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_flow_in_the_base_currency_closes_exactly_at_the_revalued_balances(lines in ledger_lines()) {
        let ledger = with_rates(&lines);
        let groups = groups(&ledger, &["region"]);
        let (from, to) = (month("2023-12"), month("2025-02"));
        let plain = flow(&ledger, from, to, &groups, None, &FlowParams::default()).unwrap().value;
        let based = flow_in_base(&ledger, from, to, &groups, None, &rates(&ledger)).unwrap().value;
        for (group, rows) in based.labels().all().iter().zip(based.rows()) {
            let mut before = Total::ZERO;
            let place = based.labels().all().iter().position(|own| own == group).unwrap();
            for (position, row) in rows.iter().enumerate() {
                let BaseMonth { opening, sums, fx_realised, fx_unrealised, closing } = *row;
                prop_assert_eq!(closing, opening + sums.change() + fx_realised + fx_unrealised);
                prop_assert_eq!(opening, before);
                before = closing;
                let own = groups.all().iter().zip(plain.groups()).filter(|(own, _)| own.values == group.values);
                let revalued: Total = own.map(|(own, flow)| {
                    let balance = flow.balances().nth(position).unwrap().1;
                    let rate = MONTHLY.get(position.wrapping_sub(1)).copied().unwrap_or(9_100);
                    if own.currency == euro() { balance } else { at(balance, rate) }
                }).sum();
                prop_assert_eq!(closing, revalued);
                // The ageing of the month end, in the base currency at the rates of the day, says the same.
                let on = (from + position as i32).last();
                let aged = aging(&ledger, AsOf(on), &groups, None, &AgingParams::default()).unwrap().value;
                let aged = aged.in_base(&rates(&ledger), on).unwrap();
                prop_assert_eq!(aged.sums()[place].control(), closing);
            }
        }
    }

    #[test]
    fn unrealised_gains_are_open_items_times_the_change_of_their_rate(lines in ledger_lines()) {
        let ledger = with_rates(&lines);
        prop_assume!(ledger.unapplied().all().is_empty());
        let (from, to) = (month("2023-12"), month("2025-02"));
        let groups = groups(&ledger, &[]);
        let based = flow_in_base(&ledger, from, to, &groups, None, &rates(&ledger)).unwrap().value;
        let rate_of = |on: arrears::calendar::Day| MONTHLY[usize::try_from(on.month() - month("2024-01")).unwrap()] as f64 / 10_000.0;
        let n_movements = ledger.documents().all().len() + ledger.postings().len();
        for (position, closing) in from.through(to).enumerate().skip(1) {
            let unrealised: Total = based.rows()[0][..=position].iter().map(|month| month.fx_unrealised).sum();
            let expected: f64 = ledger.documents().all().iter()
                .filter(|document| document.currency != euro() && document.issued_on <= closing.last())
                .map(|document| {
                    let postings = ledger.postings_of(document).iter().filter(|posting| posting.on <= closing.last());
                    let open = Total::from(document.amount) + postings.map(|posting| posting.delta).sum::<Total>();
                    open.to_feature() * (rate_of(closing.last()) - rate_of(document.issued_on))
                })
                .sum();
            let slack = 0.005 * (n_movements + 2) as f64;
            prop_assert!((unrealised.to_feature() - expected).abs() <= slack, "{unrealised} {expected}");
        }
    }

    #[test]
    fn parts_merge_into_the_whole(lines in ledger_lines(), split in 0..5_u32) {
        let ledger = with_rates(&lines);
        let (groups, rates) = (groups(&ledger, &["region"]), rates(&ledger));
        let months = Months::new(month("2024-03"), month("2024-12")).unwrap();
        let check = Merging { ledger: &ledger, split };
        check.law(CarriedFlowByMonth::new(&groups, &months, &rates, None), |part| part.sums().clone())?;
    }
}
