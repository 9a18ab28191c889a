//! Statistics where a recorded value does not reach: edges, and what is said in words.

use proptest::prelude::*;
use qoe::QoeError;
use qoe::stats::{
    Ecdf, Outcome, Paired, Scheme, Summary, benjamini_hochberg, compare, holm, pairs_needed, pareto_front,
    puffer, quantile_interval, wilcoxon,
};
use units::{Seconds, SimRng};

fn scheme(name: &str, scores: impl IntoIterator<Item = f64>) -> Scheme {
    Scheme { name: name.to_string(), scores: scores.into_iter().enumerate().collect() }
}

#[test]
fn words_say_what_is_supported_and_what_is_not() {
    let mut rng = SimRng::new(3, 0);
    let traces: Vec<f64> = (0..86).map(|_| 10.0 * rng.uniform()).collect();
    let mut noisy = |shift: f64, noise: f64| -> Vec<f64> {
        traces.iter().map(|t| t + shift + noise * rng.normal()).collect()
    };
    let schemes = [
        scheme("bola-e", noisy(0.12, 0.1)),
        scheme("bba", noisy(0.0, 0.1)),
        scheme("dynamic", noisy(0.11, 0.1)),
    ];
    let found = compare(&schemes, "traces", 0.05).expect("86 traces");
    let text: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(
        text[0].starts_with("bola-e beats bba by 0.1") && text[0].ends_with("n = 86 traces"),
        "{}",
        text[0]
    );
    assert!(text[0].contains(" +- 0.0") && text[0].contains("p = ") && text[0].contains("e-"), "{}", text[0]);
    assert_eq!(found[0].outcome, Outcome::First);
    assert!(text[1].starts_with("bola-e vs dynamic: no difference shown ("), "{}", text[1]);
    assert!(text[1].contains("about ") && text[1].ends_with(" traces would be needed"), "{}", text[1]);
    assert!(text[2].starts_with("dynamic beats bba by 0.1"), "{}", text[2]);
    assert_eq!(found[2].outcome, Outcome::Second);
}

#[test]
fn several_values_on_a_trace_count_once() {
    // Ten videos on each of three traces are three observations.
    let scores = |shift: f64| {
        (0..30).map(|i| (i / 10, shift + (i / 10) as f64 * (1.0 + shift) + (i % 10) as f64)).collect()
    };
    let a = Scheme { name: "a".to_string(), scores: scores(0.5) };
    let b = Scheme { name: "b".to_string(), scores: scores(0.0) };
    let found = compare(&[a, b], "traces", 0.05).expect("three traces");
    assert_eq!(found[0].paired.n, 3);
    // Differences 0.5, 1.0, 1.5: t = 1 / (0.5 / sqrt 3).
    assert!((found[0].paired.t - 2.0 * libm::sqrt(3.0)).abs() < 1e-12);
}

#[test]
fn equal_schemes_are_not_shown_to_differ() {
    let a = scheme("a", [1.0, 2.0, 3.0]);
    let found =
        compare(&[a.clone(), Scheme { name: "b".to_string(), ..a }], "traces", 0.05).expect("three traces");
    assert_eq!((found[0].outcome, found[0].p, found[0].pairs_needed), (Outcome::Open, 1.0, None));
    assert_eq!(
        found[0].to_string(),
        "a vs b: no difference shown (+0.000 +- 0.000, p = 1.000, n = 3 traces)"
    );
    // Always the same difference is as sure as can be.
    let found = compare(&[scheme("a", [2.0, 3.0, 4.0]), scheme("b", [1.0, 2.0, 3.0])], "traces", 0.05);
    assert_eq!(found.expect("three traces")[0].outcome, Outcome::First);
}

#[test]
fn too_little_is_an_error_that_says_what_is_needed() {
    assert!(matches!(Paired::of(&[1.0], &[2.0]), Err(QoeError::Sample { .. })));
    assert!(matches!(Paired::of(&[1.0, 2.0], &[2.0]), Err(QoeError::Sample { .. })));
    assert!(matches!(Ecdf::of(&[f64::NAN]), Err(QoeError::Sample { .. })));
    assert!(matches!(Summary::of(&[]), Err(QoeError::Sample { .. })));
    assert!(matches!(wilcoxon(&[0.0, 0.0]), Err(QoeError::Sample { .. })));
    let message = compare(&[scheme("a", [1.0])], "traces", 0.05).expect_err("one scheme").to_string();
    assert_eq!(message, "a comparison needs at least two schemes, found 1");
    let one = Summary::of(&[3.0]).expect("a value");
    assert_eq!((one.mean, one.mean_ci95, one.median), (3.0, None, 3.0));
    let stream = puffer::Stream { watch: Seconds::new(1.0), stall: Seconds::new(2.0) };
    assert!(matches!(puffer::stall_ratio(&[stream]), Err(QoeError::Sample { .. })));
}

#[test]
fn zeros_and_ties_are_treated_as_wilcoxon_did() {
    // Zeros go; 1, 1, 2 have the ranks 1.5, 1.5, 3; the smaller sum is 1.5.
    let w = wilcoxon(&[0.0, 1.0, -1.0, 2.0, 0.0]).expect("three differences");
    assert_eq!((w.w, w.p_exact), (1.5, None));
    // Mean 3, variance 3 4 7 / 24 - (8 - 2) / 48 = 3.375: z = -1.5 / 1.837.
    assert!((w.p_normal - libm::erfc(1.5 / libm::sqrt(3.375) / std::f64::consts::SQRT_2)).abs() < 1e-15);
    // Of 2^4 signs, one has a sum of 0 on each side.
    assert_eq!(wilcoxon(&[1.0, 2.0, 3.0, 4.0]).expect("four").p_exact, Some(0.125));
}

#[test]
fn a_tail_that_few_values_cannot_bound_says_so() {
    let few: Vec<f64> = (0..20).map(f64::from).collect();
    let i = quantile_interval(&few, 0.05, 0.95).expect("20 values");
    // All of 20 lie above the 5th percentile with probability 0.95^20.
    assert_eq!(i.low, 0.0);
    assert!(i.level < 0.95 && i.level <= 1.0 - libm::pow(0.95, 20.0) + 1e-12, "{i:?}");
}

#[test]
fn printed_sample_sizes() {
    // ((1.960 + 0.842) / dz)^2 by the normal approximation.
    assert_eq!(pairs_needed(0.2, 0.05, 0.8).ceil(), 197.0);
    assert_eq!(pairs_needed(0.5, 0.05, 0.8).ceil(), 32.0);
    assert_eq!(pairs_needed(0.0, 0.05, 0.8), f64::INFINITY);
}

#[test]
fn a_bin_without_streams_borrows_from_its_neighbours() {
    let stream =
        |watch: f64, stall: f64| puffer::Stream { watch: Seconds::new(watch), stall: Seconds::new(stall) };
    // All streams stall a tenth of the time, so any draw does, whatever its length.
    let streams = [stream(10.0, 1.0), stream(100.0, 10.0)];
    let pool = [Seconds::new(5.0), Seconds::new(40.0), Seconds::new(9000.0)];
    let r = puffer::stall_ratio_binned(&streams, &pool, 200, 1).expect("two streams");
    assert!((r.mean - 0.1).abs() < 1e-12 && (r.interval.low - 0.1).abs() < 1e-12);
    assert!((r.interval.high - 0.1).abs() < 1e-12);
}

proptest! {
    #[test]
    fn the_front_is_what_nothing_dominates(points in prop::collection::vec((0u8..8, 0u8..8), 0..20)) {
        let points: Vec<(f64, f64)> = points.into_iter().map(|(a, b)| (f64::from(a), f64::from(b))).collect();
        let dominated = |p: &(f64, f64)| points.iter().any(|q| q.0 <= p.0 && q.1 >= p.1 && q != p);
        let mut front = pareto_front(&points);
        front.sort_unstable();
        let expected: Vec<usize> = (0..points.len()).filter(|i| !dominated(&points[*i])).collect();
        prop_assert_eq!(front, expected);
    }

    #[test]
    fn adjusted_p_values_keep_the_order_and_are_never_smaller(p in prop::collection::vec(0.0..1.0f64, 1..20)) {
        for adjusted in [holm(&p), benjamini_hochberg(&p)] {
            for i in 0..p.len() {
                prop_assert!(adjusted[i] >= p[i] - 1e-15 && adjusted[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
                }
            }
        }
    }

    #[test]
    fn an_ecdf_steps_to_one_and_its_quantiles_lie_within(x in prop::collection::vec(-5i32..5, 1..30), q in 0.0..1.0f64) {
        let x: Vec<f64> = x.into_iter().map(f64::from).collect();
        let e = Ecdf::of(&x).expect("values");
        let steps = e.steps();
        prop_assert_eq!(steps.last().map(|s| s.1), Some(1.0));
        prop_assert!(steps.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1));
        for (value, share) in &steps {
            prop_assert_eq!(e.at(*value), *share);
        }
        prop_assert!((e.quantile(0.0)..=e.quantile(1.0)).contains(&e.quantile(q)));
    }
}
