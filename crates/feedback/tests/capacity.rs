//! How many viewers a link carries: against crowds of every size.

use std::sync::Arc;

use feedback::capacity::{Capacity, Load, capacity};
use media::{Ladder, Video};
use netmodel::Trace;
use qoe::Viewing;
use sim::crowd::{Guest, play};
use units::Seconds;

const MODEL: &str = "pensieve-lin";

fn video(segments: u32) -> Video {
    let ladder = Ladder::from_kbps(&[300.0, 750.0, 1200.0, 2400.0, 4800.0]).expect("a ladder");
    Video::constant_bitrate("talk", ladder, Seconds::new(4.0), Seconds::new(4.0 * f64::from(segments)))
        .expect("a video")
}

fn constant(mbps: f64) -> Arc<Trace> {
    Trace::steps("constant", &[(60.0, mbps)], Seconds::new(0.04)).expect("a trace").into()
}

fn wavy() -> Arc<Trace> {
    Trace::steps("wavy", &[(17.0, 26.0), (11.0, 7.0), (23.0, 15.0)], Seconds::new(0.04))
        .expect("a trace")
        .into()
}

fn planned(trace: &Arc<Trace>, video: &Video, rule: &str, target: f64, most: usize) -> Capacity {
    let profile = sim::profile("default").expect("a profile");
    // Few viewers of a short video come one after the other; many come together.
    let stagger = Seconds::new(if most == 32 { 1.5 } else { 0.1 });
    let load = Load { trace, video, rule, profile: &profile, stagger, model: MODEL, target, most, seed: 4 };
    capacity(&load).expect("a capacity")
}

/// The mean score of a crowd, by the simulation alone.
fn scored(trace: &Arc<Trace>, video: &Video, rule: &str, n: usize) -> f64 {
    let profile = sim::profile("default").expect("a profile");
    let guests: Vec<Guest<'_>> =
        (0..n).map(|i| Guest { rule, profile: &profile, start: Seconds::new(1.5 * i as f64) }).collect();
    let crowd = play(trace, video, &profile, &guests, 4).expect("a crowd");
    let model = qoe::model(MODEL).expect("a model");
    crowd.sessions.iter().map(|s| model.score(&Viewing::of(s)).expect("a score").value).sum::<f64>()
        / n as f64
}

#[test]
fn capacity_is_the_largest_crowd_of_all_within_a_tenth() {
    let video = video(20);
    for (trace, rule) in
        [(constant(18.0), "throughput"), (constant(18.0), "bola"), (wavy(), "bola"), (wavy(), "bba")]
    {
        let scores: Vec<f64> = (1..=32).map(|n| scored(&trace, &video, rule, n)).collect();
        // Targets that a crowd of a few, of some and of many reaches.
        for at in [3, 9, 20] {
            let target = scores[at] - 1e-9;
            let largest = 1 + scores.iter().rposition(|s| *s >= target).expect("one does");
            let found = planned(&trace, &video, rule, target, 32);
            let off = found.viewers.abs_diff(largest) as f64;
            println!("{} {rule}: target {target:.3}, {} of {largest} viewers", trace.name(), found.viewers);
            assert!(off <= 0.1 * largest as f64, "{}: {} instead of {largest}", trace.name(), found.viewers);
            assert!(scores[found.viewers - 1] >= target, "what was found does reach the target");
        }
    }
}

#[test]
fn a_link_of_twice_the_rate_carries_twice_as_many_and_none_is_none() {
    let video = video(20);
    let one = planned(&constant(12.0), &video, "throughput", 0.5, 200);
    let two = planned(&constant(24.0), &video, "throughput", 0.5, 200);
    let ratio = two.viewers as f64 / one.viewers as f64;
    assert!((1.7..=2.3).contains(&ratio), "{} and {}", one.viewers, two.viewers);
    assert!(one.tried.windows(2).all(|w| w[0].viewers < w[1].viewers));
    let nobody = planned(&constant(0.1), &video, "throughput", 4.0, 200);
    assert_eq!((nobody.viewers, nobody.at_the_most), (0, false));
    let bound = planned(&constant(1000.0), &video, "throughput", 0.5, 7);
    assert_eq!((bound.viewers, bound.at_the_most), (7, true));
}
