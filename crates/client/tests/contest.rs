//! Smart against naive in simulation: three nodes of V-Stack's emulator, drawn a thousand times.

#![allow(clippy::print_stdout, reason = "the table is the result")]

use client::{Choice, Config, Showing, drawn_nodes, emulated, showing};
use qoe::stats::Paired;
use units::{Seconds, SimRng};

const DRAWS: u64 = 1000;
const CHUNKS: usize = 20;

fn clients() -> [(&'static str, Config); 4] {
    [
        ("naive", Config::naive()),
        ("smart, seed's score", Config { hedge: false, ..Config::default() }),
        ("smart, and hedged", Config::default()),
        ("smart, by completion", Config { choice: Choice::Completion, ..Config::default() }),
    ]
}

type Measure = (&'static str, fn(&Showing) -> f64);

const MEASURES: [Measure; 5] = [
    ("startup s", |s| s.startup.get()),
    ("rebufferings", |s| s.rebufferings as f64),
    ("rebuffered s", |s| s.rebuffered.get()),
    ("throughput Mbit/s", |s| s.throughput.mbps()),
    ("mean buffer s", |s| s.mean_level.get()),
];

#[test]
fn the_smart_client_beats_the_naive_one() {
    let mut showings: [Vec<Showing>; 4] = Default::default();
    for draw in 0..DRAWS {
        let nodes = drawn_nodes(&mut SimRng::new(2025, draw));
        for (list, (_, config)) in showings.iter_mut().zip(clients()) {
            list.push(showing(config, &nodes, CHUNKS, draw));
        }
    }
    for ((name, _), list) in clients().iter().zip(&showings) {
        assert!(list.iter().all(|s| s.finished), "{name}: a session did not end");
        assert!(list.iter().all(|s| s.most_in_flight <= 4), "{name}: more than four in flight");
    }
    println!(
        "{DRAWS} draws of three nodes, {CHUNKS} chunks of 2 MiB and 10 s; paired differences from the naive client"
    );
    println!(
        "{:22} {:>18} {:>10} {:>12} {:>22} {:>9}",
        "client", "measure", "mean", "difference", "95 % interval", "p"
    );
    let mut differences = Vec::new();
    for (measure, value) in MEASURES {
        let of = |list: &[Showing]| list.iter().map(value).collect::<Vec<f64>>();
        let naive = of(&showings[0]);
        for ((name, _), list) in clients().iter().zip(&showings) {
            let values = of(list);
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let p = Paired::of(&values, &naive).expect("a thousand pairs");
            println!(
                "{name:22} {measure:>18} {mean:>10.3} {:>12.3} {:>22} {:>9.1e}",
                p.mean,
                format!("{:.3} .. {:.3}", p.ci95.low, p.ci95.high),
                p.t_p
            );
            differences.push((*name, measure, p.ci95.low, p.ci95.high));
        }
    }
    // The signs that must hold: sooner, and less rebuffering; throughput higher.
    for (name, measure, low, high) in differences.into_iter().filter(|d| d.0 != "naive") {
        match measure {
            "startup s" => assert!(high < 0.0, "{name}: startup is not shorter: {low} .. {high}"),
            "rebufferings" | "rebuffered s" => {
                assert!(low <= 0.0, "{name}: {measure} is worse: {low} .. {high}")
            }
            "throughput Mbit/s" => assert!(low > 0.0, "{name}: {measure} is not higher: {low} .. {high}"),
            _ => {}
        }
    }
}

#[test]
fn the_targets_are_met_on_normal_and_degraded_nodes() {
    for (profile, required) in [("normal", 1.0), ("degraded", 0.9)] {
        let node = emulated(profile).expect("a profile of the emulator");
        for (name, config) in clients().into_iter().skip(1) {
            let list: Vec<Showing> =
                (0..DRAWS / 4).map(|draw| showing(config.clone(), &[node; 3], CHUNKS, draw)).collect();
            let share = |holds: &dyn Fn(&Showing) -> bool| {
                list.iter().filter(|s| holds(s)).count() as f64 / list.len() as f64
            };
            let met = [
                ("startup below 2 s", share(&|s| s.startup < Seconds::new(2.0))),
                ("at most one rebuffering", share(&|s| s.rebufferings <= 1)),
                ("mean buffer above 20 s", share(&|s| s.mean_level > Seconds::new(20.0))),
                ("at most 4 in flight", share(&|s| s.most_in_flight <= 4)),
                ("scores renewed every 3 s", share(&|s| s.ping_gap <= Seconds::new(3.001))),
            ];
            for (target, share) in met {
                println!("{profile}, {name}: {target}: {:.1} % of {} draws", share * 100.0, list.len());
                assert!(share >= required, "{profile}, {name}: {target} in {share} of the draws only");
            }
        }
    }
}
