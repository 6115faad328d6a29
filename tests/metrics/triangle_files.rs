use arrears::metrics::triangle::{Development, FactorRule, LongTriangle, SigmaRule, Triangle};

use super::state_histories::real;

fn read(rows: &str) -> LongTriangle {
    LongTriangle::from_csv(rows.as_bytes()).unwrap()
}

#[test]
fn a_development_that_is_a_period_gives_the_same_triangle_as_one_that_is_an_age() {
    let periods = read("development,origin,values\n2001,2001,10\n2002,2001,15\n2002,2002,20");
    let ages = read("Origin,Development,Value\n2002,12,20\n2001,24,15\n2001,12,10");
    assert_eq!(
        (periods.development, ages.development),
        (Development::Period, Development::Age)
    );
    assert_eq!(periods.triangle, ages.triangle);
    assert_eq!((periods.ages, ages.ages), (vec![0, 1], vec![12, 24]));
    let months = read("development,origin,value\n2024-12,2024-12,10\n2025-01,2024-12,15\n2025-01,2025-01,20");
    assert_eq!(months.triangle, periods.triangle);
}

#[test]
fn what_is_no_triangle_is_named() {
    let message = |rows: &str| LongTriangle::from_csv(rows.as_bytes()).unwrap_err().to_string();
    let head = "development,origin,value\n";
    assert_eq!(
        message("development,value\n1,2"),
        "found the columns `development`, `value`, expected `development`, `origin` and `value`"
    );
    assert_eq!(
        message(&format!("{head}1,2001,ten")),
        "line 2: found `ten` as value, expected a number"
    );
    assert_eq!(
        message(&format!("{head}1,2001,1\n1,2001,2")),
        "line 3: origin 2001 already has a value at development 1"
    );
    assert_eq!(
        message(&format!("{head}1,2001,1\n2,2001,1\n3,2001,1\n1,2002,1\n3,2002,1")),
        "origin 2002 has no value at age 2, expected one at every age up to its latest"
    );
    assert_eq!(
        message(&format!("{head}1,2001,1\n1,2002,1\n2,2002,1")),
        "origin 2002 is known at more ages than the origin before it, expected a triangle"
    );
}

#[test]
fn factors_by_volume_simple_and_of_the_newest_origins() {
    let triangle = Triangle::new(vec![
        vec![100.0, 200.0],
        vec![300.0, 450.0],
        vec![200.0, 220.0],
        vec![100.0],
    ]);
    let factor = |rule| triangle.chain_ladder_by(rule, SigmaRule::Mack).factors[0].unwrap();
    assert_eq!(
        factor(FactorRule::Volume),
        (200.0 + 450.0 + 220.0) / (100.0 + 300.0 + 200.0)
    );
    assert_eq!(factor(FactorRule::Simple), (2.0 + 1.5 + 1.1) / 3.0);
    assert_eq!(factor(FactorRule::Last(2)), (450.0 + 220.0) / (300.0 + 200.0));
    assert_eq!(factor(FactorRule::Last(9)), factor(FactorRule::Volume));
}

#[test]
fn only_volume_weighted_factors_have_an_error() {
    let file = read("development,origin,value\n1,2001,10\n2,2001,15\n3,2001,16\n1,2002,20\n2,2002,31\n1,2003,30");
    for rule in [FactorRule::Simple, FactorRule::Last(1)] {
        let (_, projection) = file.tables(rule, SigmaRule::Mack);
        assert_eq!(projection.reals("standard_error").unwrap(), [None; 4]);
        assert_eq!(
            projection.column("standard_error_reason").unwrap().text(3),
            "not_defined"
        );
        assert!(projection.reals("ultimate").unwrap().iter().all(Option::is_some));
    }
    for word in ["last:0", "last:", "mean"] {
        assert!(FactorRule::parse(word).is_err(), "{word}");
    }
    assert_eq!(FactorRule::parse("last:3"), Ok(FactorRule::Last(3)));
}

/// Figures of Mack (1993, 1994), see the tests of the chain ladder; here the triangles come from files.
#[test]
fn published_triangles_in_files_give_the_published_totals() {
    for (file, outstanding, error) in [
        ("triangles/raa.csv", 52_135.228, 26_909.01),
        ("triangles/genins.csv", 18_680_855.61, 2_447_094.86),
    ] {
        let Some(path) = real(file) else { continue };
        let triangle = LongTriangle::from_csv(std::fs::File::open(path).unwrap()).unwrap();
        assert_eq!(triangle.development, Development::Period);
        let (factors, projection) = triangle.tables(FactorRule::Volume, SigmaRule::Mack);
        assert_eq!((factors.n_rows(), projection.n_rows()), (9, 11));
        let total = |column: &str| projection.reals(column).unwrap()[10].unwrap();
        assert!(
            (total("outstanding") - outstanding).abs() < 0.005,
            "{}",
            total("outstanding")
        );
        assert!(
            (total("standard_error") - error).abs() < 0.005,
            "{}",
            total("standard_error")
        );
    }
}
