use arrears::metrics::triangle::{SigmaRule, Triangle};

/// Automatic facultative general liability, cumulative incurred losses in thousands of dollars: Reinsurance Association
/// of America, Historical Loss Development Study (1991), as printed by Mack (CAS Forum, Spring 1994, p. 107).
fn raa() -> Triangle {
    Triangle::new(vec![
        vec![
            5012., 8269., 10907., 11805., 13539., 16181., 18009., 18608., 18662., 18834.,
        ],
        vec![106., 4285., 5396., 10666., 13782., 15599., 15496., 16169., 16704.],
        vec![3410., 8992., 13873., 16141., 18735., 22214., 22863., 23466.],
        vec![5655., 11555., 15766., 21266., 23425., 26083., 27067.],
        vec![1092., 9565., 15836., 22169., 25955., 26180.],
        vec![1513., 6445., 11702., 12935., 15852.],
        vec![557., 4020., 10946., 12314.],
        vec![1351., 6947., 13112.],
        vec![3133., 5395.],
        vec![2063.],
    ])
}

/// Taylor, G. C. and Ashe, F. R., Second moments of estimates of outstanding claims, Journal of Econometrics 23 (1983),
/// pp. 37-61, cumulative, as used by Mack (1993).
fn gen_ins() -> Triangle {
    Triangle::new(vec![
        vec![
            357848., 1124788., 1735330., 2218270., 2745596., 3319994., 3466336., 3606286., 3833515., 3901463.,
        ],
        vec![
            352118., 1236139., 2170033., 3353322., 3799067., 4120063., 4647867., 4914039., 5339085.,
        ],
        vec![
            290507., 1292306., 2218525., 3235179., 3985995., 4132918., 4628910., 4909315.,
        ],
        vec![310608., 1418858., 2195047., 3757447., 4029929., 4381982., 4588268.],
        vec![443160., 1136350., 2128333., 2897821., 3402672., 3873311.],
        vec![396132., 1333217., 2180715., 2985752., 3691712.],
        vec![440832., 1288463., 2419861., 3483130.],
        vec![359480., 1421128., 2864498.],
        vec![376686., 1363294.],
        vec![344014.],
    ])
}

fn rounded_errors(triangle: &Triangle, rule: SigmaRule) -> Vec<f64> {
    let ladder = triangle.chain_ladder(rule);
    let errors = ladder.origins.iter().skip(1);
    errors.map(|origin| origin.standard_error.unwrap().round()).collect()
}

fn assert_printed(found: Option<f64>, printed: f64, precision: f64) {
    let found = found.unwrap();
    assert!(
        (found - printed).abs() <= precision / 2.0,
        "found {found}, printed {printed}"
    );
}

#[test]
fn the_raa_triangle_gives_macks_published_figures() {
    let ladder = raa().chain_ladder(SigmaRule::Mack);
    let printed = [2.9994, 1.6235, 1.2709, 1.1717, 1.1134, 1.0419, 1.0333, 1.0169, 1.0092];
    for (factor, printed) in ladder.factors.iter().zip(printed) {
        assert_printed(*factor, printed, 1e-4);
    }
    assert_printed(ladder.outstanding, 52_135.228, 1e-3);
    assert_eq!(
        rounded_errors(&raa(), SigmaRule::Mack),
        [206., 623., 747., 1469., 2002., 2209., 5358., 6333., 24566.]
    );
    assert_printed(ladder.standard_error, 26_909.01, 1e-2);
}

#[test]
fn the_rule_for_the_last_variance_changes_the_raa_total() {
    assert_eq!(
        rounded_errors(&raa(), SigmaRule::LogLinear),
        [143., 592., 713., 1452., 1995., 2204., 5354., 6332., 24566.]
    );
    assert_printed(raa().chain_ladder(SigmaRule::LogLinear).standard_error, 26_880.74, 1e-2);
}

#[test]
fn the_taylor_ashe_triangle_gives_macks_published_figures() {
    let ladder = gen_ins().chain_ladder(SigmaRule::Mack);
    assert_printed(ladder.outstanding, 18_680_855.61, 1e-2);
    assert_eq!(
        rounded_errors(&gen_ins(), SigmaRule::Mack),
        [
            75535., 121699., 133549., 261406., 411010., 558317., 875328., 971258., 1363155.
        ]
    );
    assert_printed(ladder.standard_error, 2_447_094.86, 1e-2);
    let log_linear = gen_ins().chain_ladder(SigmaRule::LogLinear);
    assert_printed(log_linear.standard_error, 2_441_364.13, 1e-2);
}

#[test]
fn a_zero_first_cell_gives_null() {
    let ladder = Triangle::new(vec![vec![0.0, 50.0], vec![0.0]]).chain_ladder(SigmaRule::Mack);
    assert_eq!(ladder.factors, [None]);
    assert_eq!(ladder.origins[1].ultimate, None);
    assert_eq!((ladder.outstanding, ladder.standard_error), (None, None));
}

#[test]
fn two_origins_project_without_an_error() {
    let ladder = Triangle::new(vec![vec![40.0, 90.0], vec![80.0]]).chain_ladder(SigmaRule::Mack);
    assert_eq!(ladder.origins[1].ultimate, Some(80.0 * 90.0 / 40.0));
    assert_eq!(ladder.origins[1].standard_error, None);
}

#[test]
fn an_empty_triangle_has_nothing_to_come() {
    let ladder = Triangle::new(Vec::new()).chain_ladder(SigmaRule::Mack);
    assert!(ladder.factors.is_empty() && ladder.origins.is_empty());
}

#[test]
fn nothing_left_to_project_has_no_error() {
    let ladder = raa().chain_ladder(SigmaRule::Mack);
    assert_eq!(
        (ladder.origins[0].ultimate, ladder.origins[0].standard_error),
        (Some(18834.0), None)
    );
    let one = Triangle::new(vec![vec![40.0, 90.0]]).chain_ladder(SigmaRule::Mack);
    assert_eq!((one.origins[0].standard_error, one.standard_error), (None, None));
    // Every origin grew alike: no spread was seen, which is no proof that there is none.
    let alike = Triangle::new(vec![vec![10.0, 20.0, 30.0], vec![20.0, 40.0], vec![30.0]]);
    let ladder = alike.chain_ladder(SigmaRule::Mack);
    assert!(
        ladder
            .origins
            .iter()
            .all(|origin| origin.ultimate.is_some() && origin.standard_error.is_none())
    );
}

#[test]
fn the_additive_method_by_hand() {
    // Entered 100, 200 and 400; increments at age 1: 20 of 100 and 50 of 200, at age 2: 5 of 100.
    let triangle = Triangle::new(vec![vec![50.0, 70.0, 75.0], vec![80.0, 130.0], vec![0.0]]);
    let additive = triangle.additive(&[100.0, 200.0, 400.0]);
    let (at_0, at_1, at_2) = (130.0 / 700.0, 70.0 / 300.0, 5.0 / 100.0);
    assert_eq!(additive.ratios, [Some(at_0), Some(at_1), Some(at_2)]);
    assert_eq!(
        additive.ultimates,
        [Some(75.0), Some(130.0 + 200.0 * at_2), Some(400.0 * (at_1 + at_2))]
    );
    // The chain ladder has nothing to multiply for an origin without cash.
    assert_eq!(triangle.chain_ladder(SigmaRule::Mack).origins[2].ultimate, Some(0.0));
    // Nothing entered is no ratio.
    assert_eq!(
        Triangle::new(vec![vec![1.0, 2.0], vec![1.0]])
            .additive(&[0.0, 5.0])
            .ultimates,
        [Some(2.0), None]
    );
    assert!(Triangle::new(Vec::new()).additive(&[]).ultimates.is_empty());
}
