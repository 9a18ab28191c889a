//! Whether intervals cover: 2,000 synthetic experiments each, of which a 95 % interval must hold the truth in 93 to 97 %.
//! The standard error of such a share is 0.5 %. Runs in a few seconds in release.

#![allow(clippy::print_stdout, reason = "the measured shares are what the test is for")]

use qoe::stats::{Paired, bootstrap_mean, cluster_bootstrap, mean_interval, quantile_interval};
use units::SimRng;

const EXPERIMENTS: u64 = 2000;

/// The share of experiments whose interval (low, high) holds the truth.
fn coverage(name: &str, truth: f64, experiment: impl Fn(&mut SimRng) -> (f64, f64)) -> f64 {
    let held = (0..EXPERIMENTS)
        .filter(|i| {
            let (low, high) = experiment(&mut SimRng::new(20, *i));
            low <= truth && truth <= high
        })
        .count();
    let share = held as f64 / EXPERIMENTS as f64;
    println!("{name}: {:.1} %", 100.0 * share);
    share
}

fn check(name: &str, truth: f64, experiment: impl Fn(&mut SimRng) -> (f64, f64)) {
    let share = coverage(name, truth, experiment);
    assert!((0.93..=0.97).contains(&share), "{name} covers {share}");
}

fn draw(rng: &mut SimRng, n: usize, f: impl Fn(&mut SimRng) -> f64) -> Vec<f64> {
    (0..n).map(|_| f(rng)).collect()
}

#[test]
fn the_mean_by_student() {
    check("mean, t, 12 normal values", 5.0, |rng| {
        let i = mean_interval(&draw(rng, 12, |r| 5.0 + 2.0 * r.normal()), 0.95).expect("12 values");
        (i.low, i.high)
    });
}

#[test]
fn the_mean_difference_of_pairs() {
    // What both schemes share on a trace is far larger than what tells them apart.
    check("paired difference, 40 traces", 0.3, |rng| {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let trace = 10.0 * rng.exponential(1.0);
            a.push(trace + 0.3 + rng.normal());
            b.push(trace + rng.normal());
        }
        let i = Paired::of(&a, &b).expect("40 pairs").ci95;
        (i.low, i.high)
    });
}

#[test]
fn the_median_by_order_statistics() {
    check("median, 101 skewed values", std::f64::consts::LN_2, |rng| {
        let i = quantile_interval(&draw(rng, 101, |r| r.exponential(1.0)), 0.5, 0.95).expect("101 values");
        assert!(i.level >= 0.95);
        (i.low, i.high)
    });
}

#[test]
fn the_tail_by_order_statistics() {
    check("5th percentile, 400 skewed values", -libm::log(0.95), |rng| {
        let i = quantile_interval(&draw(rng, 400, |r| r.exponential(1.0)), 0.05, 0.95).expect("400 values");
        assert!(i.level >= 0.95);
        (i.low, i.high)
    });
}

#[test]
fn the_mean_by_bootstrap() {
    check("mean, bootstrap, 100 normal values", 5.0, |rng| {
        let values = draw(rng, 100, |r| 5.0 + 2.0 * r.normal());
        let i = bootstrap_mean(&values, 0.95, 1000, rng.bits()).expect("100 values");
        (i.low, i.high)
    });
}

#[test]
fn the_mean_over_clusters() {
    // Three videos on each of 80 traces, which they share most of their score with.
    let clusters = |rng: &mut SimRng| -> Vec<Vec<f64>> {
        (0..80)
            .map(|_| {
                let trace = 1.0 + rng.normal();
                draw(rng, 3, |r| trace + 0.3 * r.normal())
            })
            .collect()
    };
    check("mean, cluster bootstrap, 80 traces of 3", 1.0, |rng| {
        let c = clusters(rng);
        let i = cluster_bootstrap(&c, 0.95, 1000, rng.bits()).expect("80 clusters");
        (i.low, i.high)
    });
    // What the clusters are for: taken as 240 values of their own, the interval is far too narrow.
    let naive = coverage("the same without clusters", 1.0, |rng| {
        let i = mean_interval(&clusters(rng).concat(), 0.95).expect("240 values");
        (i.low, i.high)
    });
    assert!(naive < 0.85, "{naive}");
}
