//! x
mod golden;
use golden::{folder, number, read};
use media::{Ladder, Video};
use netmodel::{Period, Trace};
use sim::optimal::{Limits, Objective, optimal, replay};
use std::sync::Arc;
use units::{BitRate, Bits, Seconds};

fn traces() -> Vec<Arc<Trace>> {
    let v = read(&folder("simulators").join("pensieve_inputs.json"));
    v["traces"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, t)| {
            let time: Vec<f64> = t["time_s"].as_array().unwrap().iter().map(number).collect();
            let mbps: Vec<f64> = t["mbps"].as_array().unwrap().iter().map(number).collect();
            let periods = (1..time.len())
                .map(|i| Period {
                    duration: Seconds::new(time[i]) - Seconds::new(time[i - 1]),
                    rate: BitRate::from_mbps(mbps[i]),
                    latency: Seconds::ZERO,
                })
                .collect();
            Arc::new(Trace::new(name.clone(), periods).unwrap().with_wrap_extra(Seconds::new(time[0])))
        })
        .collect()
}
fn videos() -> Vec<Video> {
    let v = read(&folder("simulators").join("pensieve_inputs.json"));
    v["videos"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, t)| {
            let ladder = Ladder::from_kbps(&[300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0]).unwrap();
            let sizes: Vec<Vec<Bits>> =
                (0..49).map(|k| (0..6).map(|r| Bits::from_bytes(number(&t[r][k]))).collect()).collect();
            Video::new(name.clone(), ladder, vec![Seconds::new(4.0); 49], &sizes).unwrap()
        })
        .collect()
}

#[test]
#[allow(clippy::disallowed_methods)]
fn table() {
    let only = std::env::var("ONLY").unwrap_or_default();
    for p in std::env::var("PROFILES").unwrap_or("pensieve-1120bb1".into()).split('|') {
        let profile = sim::profile(p).unwrap();
        for t in traces() {
            for v in videos() {
                if !format!("{}:{}", t.name(), v.name()).contains(&only) {
                    continue;
                }
                let mut o = Objective::pensieve_linear(v.ladder());
                if p.starts_with("pen") {
                    o.first_level = Some(1);
                } else {
                    o.startup_penalty = 0.0;
                }
                let start = std::time::Instant::now();
                let best = optimal(
                    &t,
                    &v,
                    &profile,
                    &o,
                    &Limits {
                        gap: std::env::var("GAP").map_or(0.004, |g| g.parse().unwrap()),
                        ..Limits::default()
                    },
                )
                .unwrap();
                let time = start.elapsed().as_secs_f64();
                assert!((o.score(&replay(&t, &v, &profile, &best.plan).unwrap()) - best.value).abs() < 1e-9);
                println!(
                    "{:12} {:8} {:10.4} {:10.4} {:7.3} % {:8.3} s {} cells {} grids",
                    t.name(),
                    v.name(),
                    best.value,
                    best.bound,
                    best.gap() * 100.0,
                    time,
                    best.cells,
                    best.grids
                );
            }
        }
    }
}
