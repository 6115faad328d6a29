//! Nothing that becomes effective or known after a day moves a feature of that day, whatever table it stands in.

use std::collections::BTreeMap;

use arrears::calendar::AsOf;
use arrears::features::{Feature, LabelParams, Panel, Standing, Unit};
use arrears::generate::{GenerateParams, generate};
use arrears::ledger::Ledger;
use arrears::records::Records;

use super::PAST;
use crate::support::{day, ledger};

/// Facts that became effective later, or were known later.
const LATER: &str = "
    customer acme valid_from=2024-04-01 posted 2024-04-01 credit_limit=1.00 limit_kind=amount currency=EUR segment=other parent_id=zeta
    payment 3 acme on 2024-04-02 300.00 -> 3 posted 2024-04-02
    payment 4 acme on 2024-03-25 100.00 -> 4 posted 2024-04-05
    invoice 6 acme issued 2024-02-01 due 2024-02-05 900.00 EUR posted 2024-04-06
    invoice 7 zeta issued 2024-04-03 due 2024-04-13 900.00 EUR posted 2024-04-03
    invoice 8 newco issued 2024-04-03 due 2024-04-13 900.00 EUR posted 2024-04-03
    credit 9 zeta on 2024-04-07 80.00 -> 5 posted 2024-04-07
    write_off 11 zeta on 2024-03-30 1.00 -> 5 posted 2024-04-07
    payment 10 acme on 2024-04-09 50.00 posted 2024-04-09
    dispute d2 acme opened_on=2024-04-02 -> 4 posted 2024-04-02
    dispute d3 acme opened_on=2024-03-02 -> 4 posted 2024-04-02
    promise p2 acme made_on=2024-04-02 promised_on=2024-04-03 amount=300.00 -> 3 posted 2024-04-02
    contact k2 acme contacted_on=2024-04-02 posted 2024-04-02
    contact k3 acme contacted_on=2024-03-12 posted 2024-04-02
    customer zeta valid_from=2024-04-01 posted 2024-04-01 segment=retail parent_id=holding
    customer aaron valid_from=2024-04-01 posted 2024-04-01 segment=first region=south
    customer bolt valid_from=2023-01-05 posted 2024-04-02 segment=first industry=mining
    external acme source=bureau name=bureau_score value=300 known_on=2024-04-02
    external acme source=bureau name=bureau_score value=310 known_on=2024-03-20 posted 2024-04-01
    external acme source=agency name=a_score value=1 known_on=2024-04-01
";

/// Every row by what it is about: standing, and features as bits.
type Rows = BTreeMap<(String, Option<String>), (Standing, Vec<u64>)>;

fn rows(ledger: &Ledger, as_of: &str, params: LabelParams) -> Rows {
    let panel = Panel::build(ledger, &[AsOf(day(as_of))], &params.check().unwrap());
    let of = |row: usize| {
        let facts = panel.rows()[row];
        let customer = ledger.customer_id(facts.customer).to_owned();
        let invoice = facts.document.map(|document| ledger.invoice_id(document).to_owned());
        let bits = panel.x().row(row).iter().map(|value| value.to_bits()).collect();
        ((customer, invoice), (facts.standing, bits))
    };
    (0..panel.rows().len()).map(of).collect()
}

#[test]
fn nothing_later_moves_a_feature() {
    let before = ledger(PAST);
    let after = ledger(&format!("{PAST}{LATER}"));
    for unit in [Unit::Invoice, Unit::Customer] {
        let params = LabelParams::new(unit, 10);
        let known = rows(&before, "2024-03-31", params);
        assert_eq!(known, rows(&after, "2024-03-31", params));
        assert_eq!(known.len(), if unit == Unit::Invoice { 3 } else { 2 });
    }
    // The later facts do matter on a later day.
    let params = LabelParams::new(Unit::Customer, 10);
    assert_ne!(rows(&after, "2024-04-10", params), rows(&before, "2024-04-10", params));
}

#[test]
fn a_ledger_cut_at_the_day_has_the_same_features_as_the_whole() {
    // Every table of a generated ledger at once: each loses its rows of later days.
    let params = GenerateParams {
        n_customers: Some(120),
        ..GenerateParams::new(4_000, 24, 11)
    };
    let generated = generate(&params.check().unwrap());
    let records = generated.tables.iter();
    let records = records.fold(Records::default(), |records, table| records.with(table).unwrap());
    let (whole, _) = Ledger::from_records(records, day("2025-12-31")).value;
    for unit in [Unit::Invoice, Unit::Customer] {
        let params = LabelParams::new(unit, 20);
        for as_of in ["2024-12-31", "2025-06-30"] {
            let (cut, all) = (
                rows(&whole.as_known_on(day(as_of)), as_of, params),
                rows(&whole, as_of, params),
            );
            assert_eq!(cut.keys().collect::<Vec<_>>(), all.keys().collect::<Vec<_>>());
            let features = Feature::of(unit);
            for (key, (standing, bits)) in &all {
                assert_eq!(*standing, cut[key].0, "{key:?}");
                for (feature, (whole, cut)) in features.iter().zip(bits.iter().zip(&cut[key].1)) {
                    assert_eq!(
                        f64::from_bits(*whole).to_string(),
                        f64::from_bits(*cut).to_string(),
                        "{key:?} {feature:?}"
                    );
                }
            }
            // The test would prove little if the features of the tables around the invoices were all missing.
            for feature in [
                Feature::DisputedShareAll,
                Feature::BrokenPromises,
                Feature::DaysSinceContact,
                Feature::BureauChange,
                Feature::LateShareGroup,
                Feature::Utilisation,
                Feature::DaysToNextRun,
            ] {
                let column = features.iter().position(|candidate| *candidate == feature).unwrap();
                let known = all.values().filter(|(_, bits)| !f64::from_bits(bits[column]).is_nan());
                assert!(known.count() > 0, "{feature:?}");
            }
        }
    }
}
