//! The cellular presets have the statistics that they were fitted to.

use netmodel::{generators, stats};

/// What was measured on a whole family (1-s means), and the two time scales that the preset gives it.
struct Fitted {
    name: &'static str,
    log_mean: f64,
    log_sd: f64,
    between: f64,
    within: f64,
    /// Autocorrelation of the log rate at 1 s, within a trace.
    phi: f64,
    /// `(share of the variance, time constant in s)`.
    scales: [(f64, f64); 2],
    outage_share: f64,
    outage_len_s: f64,
}

const FAMILIES: [Fitted; 3] = [
    Fitted {
        name: "3g",
        log_mean: -0.0948621638221,
        log_sd: 0.877509564162,
        between: 0.490970869941,
        within: 0.746782649367,
        phi: 0.913027394583,
        scales: [(0.7, 60.0), (0.3, 3.45)],
        outage_share: 0.209516556721,
        outage_len_s: 11.5847715736,
    },
    Fitted {
        name: "4g",
        log_mean: 3.21710761007,
        log_sd: 0.755605584931,
        between: 0.358579523847,
        within: 0.636647743094,
        phi: 0.760159956468,
        scales: [(0.72, 25.0), (0.28, 0.706)],
        outage_share: 0.0141886931126,
        outage_len_s: 2.58333333333,
    },
    Fitted {
        name: "5g",
        log_mean: 2.76705696568,
        log_sd: 1.62976868297,
        between: 0.942169191518,
        within: 1.41153831075,
        phi: 0.805735359269,
        scales: [(0.25, 50.0), (0.75, 3.46)],
        outage_share: 0.11738566932,
        outage_len_s: 2.30545454545,
    },
];

const TRACES: u64 = 200;
const SECONDS: f64 = 600.0;

#[allow(clippy::print_stdout, reason = "a test that shows its figures")]
fn near(what: &str, got: f64, want: f64, bound: f64) {
    println!("{what}: {got:.4}, fitted {want:.4}, bound {bound:.4}");
    assert!((got - want).abs() <= bound, "{what}: {got} instead of {want}, bound {bound}");
}

#[test]
fn presets_have_the_statistics_of_their_families() {
    for f in FAMILIES {
        let make = |seed| generators::generate(f.name, seed).expect("a preset");
        let traces: Vec<_> = (0..TRACES).map(make).collect();
        let got = stats::of_traces(&traces).expect("traces");
        let log = got.log.expect("rates");
        let n = TRACES as f64;

        // The share of the variance within a trace that the mean of 600 s has: an autoregression of time constant tau
        // has 2 tau/T (1 - tau/T (1 - exp(-T/tau))). It widens the errors of the mean, and what the trace's own mean
        // takes away from the autocorrelation.
        let of_mean = |tau: f64| 2.0 * tau / SECONDS * (1.0 - tau / SECONDS * (1.0 - (-SECONDS / tau).exp()));
        let shift: f64 = f.scales.iter().map(|(share, tau)| share * of_mean(*tau)).sum();
        let level = f.between * f.between + f.within * f.within * shift;

        // Mean: four standard errors of 200 levels, and 0.02 for floor and cap, which move it by at most 0.012 (5g).
        near(&format!("{} log mean", f.name), log.log_mean, f.log_mean, 4.0 * (level / n).sqrt() + 0.02);

        // Standard deviation: four standard errors of the variance of 200 levels, carried over to its root, and 4 % for
        // weights by length in the measured family (within and between do not add up to log_sd) and the cap.
        let error = level * (2.0 / n).sqrt() / (2.0 * f.log_sd);
        near(&format!("{} log sd", f.name), log.log_sd, f.log_sd, 4.0 * error + 0.04 * f.log_sd);

        // Autocorrelation: about the trace's own mean it is smaller by the share above. The error of a coefficient over
        // 10^5 pairs is below 0.002; the shift varies from trace to trace.
        let phi = (f.phi - shift) / (1.0 - shift);
        let own = log.ar1_log_phi_within_file.expect("pairs");
        near(&format!("{} phi", f.name), own, phi, 0.015);

        // Outages: the share of an alternating process with rates a (into) and b (out of) has the variance
        // 2ab / ((a+b)^3 T); five standard errors. Mean length: the relative error of k lengths is below 1/sqrt(k).
        let (b, time) = (1.0 / f.outage_len_s, n * SECONDS);
        let a = b * f.outage_share / (1.0 - f.outage_share);
        let error = (2.0 * a * b / ((a + b).powi(3) * time)).sqrt();
        near(&format!("{} outage share", f.name), got.rates.outage_share, f.outage_share, 5.0 * error);
        let outages = time * a * b / (a + b);
        let length = log.outage_mean_len_s.expect("outages");
        // A trace's end and beginning cut outages: at most one in each of the 400, shorter by up to its length.
        let cut = f.outage_share * 2.0 * n / outages;
        let bound = f.outage_len_s * (4.0 / outages.sqrt() + cut);
        near(&format!("{} outage length", f.name), length, f.outage_len_s, bound);
    }
}

#[test]
fn mean_and_streams_are_independent_options() {
    let mean = |spec: &str| generators::generate(spec, 3).expect("valid").mean_rate().mbps();
    // Without variation the mean is the rate, whatever the seed.
    assert_eq!(mean("4g,mean=8,between=0,within=0,outage=0,duration=100"), 8.0);
    // No outages: the rates between them stay what they were.
    let with = generators::generate("3g", 1).expect("valid");
    let without = generators::generate("3g,outage=0", 1).expect("valid");
    for (a, b) in with.periods().iter().zip(without.periods().iter()) {
        assert!(a.rate == b.rate || a.rate == units::BitRate::ZERO);
    }
}
