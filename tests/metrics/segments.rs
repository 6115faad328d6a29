use arrears::ledger::Ledger;
use arrears::metrics::segments::{self, SegmentError};
use arrears::records::Records;

use super::as_of;
use crate::support::{day, ledger, records};

const TWO_REGIONS: &str = "
    customer acme valid_from=2024-01-01 region=north
    customer acme valid_from=2024-06-01 region=south
    customer bolt valid_from=2024-01-01
    invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR salesperson=ann
    invoice 2 acme issued 2024-01-10 due 2024-02-09 100.00 USD
    invoice 3 bolt issued 2024-01-10 due 2024-02-09 100.00 EUR salesperson=bob
    payment 4 acme on 2024-02-01 10.00 EUR";

fn by(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn words(ledger: &Ledger, on: &str, names: &[&str]) -> Vec<String> {
    let groups = segments::groups(ledger, as_of(on), &by(names)).unwrap().value;
    let words = groups.all().iter().map(|group| {
        let values: Vec<&str> = group
            .values
            .iter()
            .map(|value| value.as_deref().unwrap_or("-"))
            .collect();
        format!("{} {}", group.currency, values.join(" "))
    });
    words.collect()
}

#[test]
fn without_attributes_groups_are_currencies() {
    assert_eq!(words(&ledger(TWO_REGIONS), "2024-12-31", &[]), ["EUR ", "USD "]);
}

#[test]
fn a_customer_attribute_is_that_of_the_as_of_day() {
    let ledger = ledger(TWO_REGIONS);
    assert_eq!(
        words(&ledger, "2024-05-31", &["region"]),
        ["EUR -", "EUR north", "USD north"]
    );
    assert_eq!(
        words(&ledger, "2024-06-01", &["region"]),
        ["EUR -", "EUR south", "USD south"]
    );
}

#[test]
fn an_unapplied_item_has_its_customers_attributes_and_no_salesperson() {
    let ledger = ledger(TWO_REGIONS);
    assert_eq!(
        words(&ledger, "2024-12-31", &["salesperson", "customer"]),
        ["EUR - acme", "EUR ann acme", "EUR bob bolt", "USD - acme"]
    );
    let groups = segments::groups(&ledger, as_of("2024-12-31"), &by(&["salesperson"]))
        .unwrap()
        .value;
    let acme = ledger.find_customer("acme").unwrap();
    let eur = groups.all()[0].currency;
    assert_eq!(groups.of_unapplied(acme, eur, 0), 0);
    assert_eq!(groups.by(), ["salesperson"]);
}

#[test]
fn customer_and_customer_id_are_the_same_attribute() {
    let ledger = ledger(TWO_REGIONS);
    let groups = segments::groups(&ledger, as_of("2024-12-31"), &by(&["customer", "customer_id"]))
        .unwrap()
        .value;
    assert_eq!(groups.by(), ["customer_id"]);
}

fn undated(timeless: &[&str]) -> Ledger {
    let mut records: Records = records(
        "customer acme region=north
         invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR",
    );
    records.tables[0].timeless = timeless.iter().map(|name| (*name).to_owned()).collect();
    Ledger::from_records(records, day("2024-12-31")).value.0
}

#[test]
fn an_undated_attribute_is_refused_before_the_day_of_import() {
    let error = segments::groups(&undated(&[]), as_of("2024-12-30"), &by(&["region"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "attribute `region` holds from 2024-12-31, after the as-of day 2024-12-30: using it would look into the future; \
         give the customers table a `valid_from`, or, if it never changes, declare it at import with --timeless region"
    );
    assert_eq!(words(&undated(&[]), "2024-12-31", &["region"]), ["EUR north"]);
}

#[test]
fn a_timeless_attribute_holds_for_every_day() {
    assert_eq!(words(&undated(&["region"]), "2024-02-01", &["region"]), ["EUR north"]);
}

#[test]
fn a_customer_without_a_row_on_the_day_is_left_empty_and_said() {
    let ledger = ledger(
        "customer acme valid_from=2024-01-01 region=north
         customer bolt valid_from=2024-07-01 region=south
         invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         invoice 2 bolt issued 2024-01-10 due 2024-02-09 100.00 EUR",
    );
    let checked = segments::groups(&ledger, as_of("2024-06-30"), &by(&["region"])).unwrap();
    assert_eq!(checked.value.len(), 2);
    assert_eq!(
        checked.caveats[0].to_string(),
        "caveat: 1 customers have no row of the customers table valid on 2024-06-30; their `region` is left empty, \
         unless it is declared at import with --timeless region"
    );
}

#[test]
fn an_unknown_attribute_is_refused_with_those_that_are_there() {
    let error = segments::groups(&ledger(TWO_REGIONS), as_of("2024-12-31"), &by(&["regoin"])).unwrap_err();
    assert!(matches!(&error, SegmentError::Unknown { attribute, .. } if attribute == "regoin"));
    let message = error.to_string();
    assert!(
        message.starts_with("found no attribute `regoin`, expected one of "),
        "{message}"
    );
    assert!(message.contains("`customer_id`") && message.contains("`region`") && message.contains("`salesperson`"));
}

#[test]
fn an_empty_ledger_has_no_groups() {
    assert!(words(&ledger(""), "2024-12-31", &[]).is_empty());
    assert!(words(&ledger(""), "2024-12-31", &["customer"]).is_empty());
}
