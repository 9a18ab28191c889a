//! On a link without limit every rule plays the top rung, as its entry says: whatever the ladder, the segments, and the
//! capacity, if that can hold two segments.

use std::sync::Arc;

use abr::ReachesTop;
use media::{Ladder, Video};
use netmodel::Trace;
use player::Recorder;
use proptest::prelude::*;
use units::{Bits, Seconds};

/// The highest rung that a session played.
fn highest(rule: &str, video: &Video, capacity: f64) -> usize {
    let trace = Arc::new(Trace::steps("fast", &[(1000.0, 100_000.0)], Seconds::ZERO).expect("valid"));
    let start = (capacity / 2.0).min(1.0);
    let profile = sim::profile(&format!("default:capacity={capacity},start={start},resume={start}"))
        .expect("a profile");
    let mut recorder = Recorder::default();
    sim::observe(&trace, video, rule, &profile, 0, &mut recorder).expect("a session");
    let session = recorder.into_session();
    session.played_segments().iter().map(|s| s.level).max().expect("segments")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_rule_reaches_the_top(
        steps in prop::collection::vec(1.05..3.0f64, 1..8),
        lowest in 50.0..1000.0f64,
        segment in 0.5..12.0f64,
        holds in 2.0..40.0f64,
    ) {
        let mut kbps = vec![lowest];
        steps.iter().for_each(|s| kbps.push(kbps[kbps.len() - 1] * s));
        let ladder = Ladder::from_kbps(&kbps).expect("ascending");
        let duration = Seconds::new(segment);
        let sizes: Vec<Bits> = ladder.bitrates().iter().map(|b| *b * duration).collect();
        let segments = 60 + (2.0 * holds) as usize;
        let video = Video::new("v", ladder, vec![duration; segments], &vec![sizes; segments]).expect("valid");
        let capacity = segment * holds;
        for entry in abr::entries() {
            let reached = highest(entry.name, &video, capacity) == kbps.len() - 1;
            match abr::reaches_top(entry.name) {
                ReachesTop::Always => prop_assert!(reached, "{} in {capacity} s, {segment} s, {kbps:?}", entry.name),
                ReachesTop::FromCapacity(least) if capacity >= least.get() => {
                    prop_assert!(reached, "{} in {capacity} s, {segment} s", entry.name);
                }
                ReachesTop::FromCapacity(_) => {}
                ReachesTop::Never(_) => prop_assert!(!reached, "{}", entry.name),
            }
        }
    }
}
