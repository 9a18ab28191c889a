//! Fitted chains: a known chain comes back, real traces keep their statistics, and files are read as they were written.

use std::path::Path;

use netmodel::generators::{FitOptions, Fitted, fit, generate};
use netmodel::{Period, Trace, formats, stats};
use proptest::prelude::ProptestConfig;
use proptest::test_runner::FileFailurePersistence;
use units::{BitRate, Seconds, SimRng};

fn options(levels: usize, dwell: bool) -> FitOptions {
    let mut options = FitOptions::default();
    (options.levels, options.dwell) = (levels, dwell);
    options
}

/// A trace of one period per second.
fn trace(mbps: &[f64]) -> Trace {
    let period = |r: &f64| Period {
        duration: Seconds::new(1.0),
        rate: BitRate::from_mbps(*r),
        latency: Seconds::new(0.04),
    };
    Trace::new("t", mbps.iter().map(period).collect()).expect("a trace")
}

const RATES: [f64; 4] = [0.0, 1.0, 2.5, 9.0];
const CHAIN: [[f64; 4]; 4] =
    [[0.60, 0.30, 0.10, 0.00], [0.05, 0.80, 0.10, 0.05], [0.02, 0.18, 0.70, 0.10], [0.00, 0.10, 0.30, 0.60]];

fn known(seconds: usize, seed: u64) -> Trace {
    let mut rng = SimRng::new(seed, 0);
    let mut state = 1;
    let rates: Vec<f64> = (0..seconds)
        .map(|_| {
            let mut u = rng.uniform();
            state = CHAIN[state]
                .iter()
                .position(|p| {
                    u -= p;
                    u < 0.0
                })
                .unwrap_or(3);
            RATES[state]
        })
        .collect();
    trace(&rates)
}

fn check_matrix(fitted: &Fitted, what: &str) {
    assert_eq!(fitted.states().iter().map(|s| s.rate_mbps).collect::<Vec<f64>>(), RATES);
    for (i, row) in fitted.transition_matrix().iter().enumerate() {
        for (j, got) in row.iter().enumerate() {
            let p = CHAIN[i][j];
            // Four standard errors of a share of the seconds in this state.
            let bound = 4.0 * (p * (1.0 - p) / fitted.states()[i].seconds as f64).sqrt();
            assert!((got - p).abs() <= bound, "{what}: {i} to {j}: {got} instead of {p}, bound {bound}");
        }
    }
}

#[test]
fn a_known_chain_is_recovered_and_recovered_again() {
    let fitted = fit(&[known(60_000, 1), known(40_000, 2)], &options(8, false)).expect("fits");
    assert_eq!((fitted.traces(), fitted.has_dwell()), (2, false));
    check_matrix(&fitted, "fitted");
    // What it generates is that chain again, within the errors of both.
    let again =
        fit(&[fitted.generate("again,duration=100000", 3).expect("made")], &options(8, false)).expect("fits");
    for (row, want) in again.transition_matrix().iter().zip(fitted.transition_matrix()) {
        for ((got, p), state) in row.iter().zip(want).zip(again.states()) {
            assert!((got - p).abs() <= 5.0 * (0.25 / state.seconds as f64).sqrt(), "{got} instead of {p}");
        }
    }
    assert_eq!(again.generate("x,duration=2", 0).expect("made").period(0).latency, Seconds::new(0.04));
}

#[test]
fn a_semi_markov_chain_keeps_its_dwell_times() {
    // Two rates by turns, for 4 or 8 s and for 30 s: a Markov chain would forget both.
    let pattern: Vec<f64> = (0..400)
        .flat_map(|k| {
            let low = if k % 2 == 0 { 4 } else { 8 };
            std::iter::repeat_n(1.0, low).chain(std::iter::repeat_n(5.0, 30))
        })
        .collect();
    let fitted = fit(&[trace(&pattern)], &options(4, true)).expect("fits");
    let made = fitted.generate("made,duration=200000", 1).expect("made");
    let rates: Vec<f64> = made.periods().iter().map(|p| p.rate.mbps()).collect();
    let lengths = |mbps: f64| -> Vec<f64> {
        let stretches: Vec<&[f64]> = rates.chunk_by(|a, b| a == b).collect();
        stretches[1..stretches.len() - 1].iter().filter(|s| s[0] == mbps).map(|s| s.len() as f64).collect()
    };
    for (mbps, mean, sd) in [(1.0, 6.0, 2.0), (5.0, 30.0, 0.0)] {
        let l = lengths(mbps);
        let m = l.iter().sum::<f64>() / l.len() as f64;
        let s = (l.iter().map(|x| (x - m).powi(2)).sum::<f64>() / l.len() as f64).sqrt();
        assert!((m - mean).abs() < 0.2, "mean {m} instead of {mean}");
        // Rounding to whole seconds adds up to 1/4 to the variance.
        assert!(s >= sd - 0.2 && s <= (sd * sd + 0.5_f64).sqrt() + 0.2, "sd {s} instead of {sd}");
    }
    // The Markov chain of the same trace leaves 5 Mbit/s after a geometric time: its sd is about its mean.
    let chain = fit(&[trace(&pattern)], &options(4, false)).expect("fits");
    assert!((chain.transition_matrix()[1][1] - 29.0 / 30.0).abs() < 1e-3);
}

#[test]
fn real_drives_keep_their_statistics() {
    let Some(folder) = fixtures::shared("real_drives_keep_their_statistics", "traces/hsdpa_sabre_json")
    else {
        return;
    };
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("a file").path()).collect();
    files.sort();
    let read = |p: &std::path::PathBuf| {
        formats::read_path(Path::new(p), None, &formats::ReadOptions::default()).expect("a trace").trace
    };
    let real: Vec<Trace> = files.iter().map(read).collect();
    let want = stats::of_traces(&real).expect("traces");
    let length = want.rates.duration_s / real.len() as f64;
    for dwell in [false, true] {
        let fitted = fit(&real, &options(12, dwell)).expect("fits");
        let make = |seed| fitted.generate(&format!("hsdpa,duration={length:.0}"), seed).expect("made");
        let got = stats::of_traces(&(0..200).map(make).collect::<Vec<Trace>>()).expect("traces");
        let close = |what: &str, got: f64, want: f64, bound: f64| {
            println!("{what}, dwell {dwell}: {got:.4}, real {want:.4}, bound {bound}");
            assert!((got - want).abs() <= bound, "{what}: {got} instead of {want}, bound {bound}");
        };
        close("mean", got.rates.mean_mbps, want.rates.mean_mbps, 0.05);
        close("cv", got.rates.cv.expect("a mean"), want.rates.cv.expect("a mean"), 0.03);
        // The rates of a state are one: quantiles are off by up to half of a level's width, exp(ln(6.98 / 0.1) / 12 / 2).
        for (what, got, want) in [
            ("median", got.rates.p50_mbps, want.rates.p50_mbps),
            ("95 % quantile", got.rates.p95_mbps, want.rates.p95_mbps),
        ] {
            close(what, (got / want).ln(), 0.0, 0.177);
        }
        close("outage share", got.rates.outage_share, want.rates.outage_share, 0.02);
        close("acf 1 s", got.acf1_mean.expect("bins"), want.acf1_mean.expect("bins"), 0.03);
        close("acf 5 s", got.acf5_mean.expect("bins"), want.acf5_mean.expect("bins"), 0.06);
    }
}

#[test]
fn files_are_read_as_written() {
    for dwell in [false, true] {
        let fitted = fit(
            &[generate("3g", 1).expect("a preset"), generate("4g", 2).expect("a preset")],
            &options(16, dwell),
        )
        .expect("fits");
        let mut bytes = Vec::new();
        fitted.write(&mut bytes).expect("written");
        let read = Fitted::read(&bytes[..]).expect("its own file");
        assert_eq!(read, fitted);
        let make = |f: &Fitted| f.generate("a.json,duration=60", 5).expect("made");
        assert_eq!((make(&read), make(&read).name()), (make(&fitted), "a.json,duration=60,seed=5"));
    }
}

#[test]
fn wrong_files_options_and_traces_are_refused_in_words() {
    let file = |states: &str, transitions: &str, rest: &str| {
        format!(
            r#"{{"schema":"segue.markov/1","traces":1,"latency_s":0.1,"states":{states},"transitions":{transitions}{rest}}}"#
        )
    };
    let one = r#"[{"rate_mbps":1,"seconds":5}]"#;
    assert!(Fitted::read(file(one, "[[4]]", "").as_bytes()).is_ok());
    for (text, said) in [
        (String::new(), "no such JSON"),
        (
            file(one, "[[4]]", "").replace("markov/1", "markov/2"),
            "schema is 'segue.markov/2', expected segue.markov/1",
        ),
        (file("[]", "[]", ""), "1 to 257 states"),
        (file(one, "[[4,1]]", ""), "1 rows of 1 numbers"),
        (file(one, "[[-4]]", ""), "invalid value"),
        (file(r#"[{"rate_mbps":-1,"seconds":5}]"#, "[[4]]", ""), "states[0].rate_mbps is -1"),
        (file(r#"[{"rate_mbps":1,"seconds":0}]"#, "[[4]]", ""), "without seconds"),
        (file(one, "[[4]]", r#","dwell":[]"#), "dwell is a list of 0"),
        (file(one, "[[4]]", r#","dwell":[{"mean_s":0.5,"spread":1}]"#), "dwell[0].mean_s is 0.5"),
        (file(one, "[[4]]", r#","speed":3"#), "unknown field"),
    ] {
        let error = Fitted::read(text.as_bytes()).expect_err(&text).to_string();
        assert!(error.contains(said) && !error.contains('\n'), "{text}: {error}");
    }
    let chain =
        Fitted::read(file(one, "[[0]]", r#","dwell":[{"mean_s":3,"spread":1}]"#).as_bytes()).expect("valid");
    assert_eq!(chain.generate("x,duration=9", 0).expect("made").total(), units::Bits::new(9e6));
    let error = chain.generate("x,durration=9", 0).expect_err("no such option").to_string();
    assert!(error.contains("did you mean 'duration'"), "{error}");
    assert!(chain.generate("x,duration=1e99", 0).is_err());

    let short = Trace::steps("short", &[(1.5, 1.0)], Seconds::ZERO).expect("a trace");
    assert!(
        fit(&[short], &FitOptions::default())
            .expect_err("one second")
            .to_string()
            .contains("two full seconds")
    );
    let long = Trace::steps("long", &[(1e9, 1.0)], Seconds::ZERO).expect("a trace");
    assert!(fit(&[long], &FitOptions::default()).is_err());
    assert!(fit(&[known(9, 1)], &options(0, false)).is_err());
    assert!(fit([], &FitOptions::default()).is_err());
    // Always out, and one rate throughout: chains of one state.
    for mbps in [0.0, 3.0] {
        let fitted = fit(&[trace(&[mbps; 20])], &options(12, true)).expect("fits");
        assert_eq!(fitted.generate("x,duration=7", 0).expect("made").mean_rate(), BitRate::from_mbps(mbps));
    }
}

proptest::proptest! {
    #![proptest_config(ProptestConfig::with_failure_persistence(FileFailurePersistence::WithSource("regressions")))]

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = Fitted::read(text.as_bytes());
    }

    #[test]
    fn every_chain_that_is_read_generates(
        seconds in proptest::collection::vec(0..10_u64, 1..6),
        counts in proptest::collection::vec(0..3_u64, 36),
        dwell in proptest::option::of((1.0..50.0_f64, 0.0..3.0_f64)),
    ) {
        let n = seconds.len();
        let json = serde_json::json!({
            "schema": "segue.markov/1", "traces": 1, "latency_s": 0.0,
            "states": (0..n).map(|i| serde_json::json!({"rate_mbps": i, "seconds": seconds[i]})).collect::<Vec<_>>(),
            "transitions": (0..n).map(|i| counts[i * n..(i + 1) * n].to_vec()).collect::<Vec<_>>(),
            "dwell": dwell.map(|(mean, spread)| vec![serde_json::json!({"mean_s": mean, "spread": spread}); n]),
        });
        if let Ok(fitted) = Fitted::read(json.to_string().as_bytes()) {
            let made = fitted.generate("x,duration=50", 1).expect("made");
            proptest::prop_assert!(made.periods().iter().all(|p| p.rate.mbps() <= n as f64));
        }
    }
}
