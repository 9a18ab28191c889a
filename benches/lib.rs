//! What the benches share: their inputs, and a session of which only the digest is kept.

#![allow(clippy::expect_used, reason = "a bench with wrong inputs has to stop")]

use std::sync::Arc;

use abr::AbrStrategy;
use media::{Ladder, Video};
use netmodel::{Link, Period, Trace};
use player::{Meter, Player};
use sim::Profile;
use units::{BitRate, Bits, Seconds, SimRng};

/// Pensieve's ladder, kbit/s.
pub const LADDER: [f64; 6] = [300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0];

/// A random walk on a 1 s grid around 2 Mbit/s, 80 ms of latency.
pub fn walk(seconds: usize) -> Arc<Trace> {
    let mut rng = SimRng::new(1, 0);
    let mut log = 0.7;
    let periods = (0..seconds).map(|_| {
        log = 0.7 + 0.95 * (log - 0.7) + 0.2 * rng.normal();
        Period {
            duration: Seconds::new(1.0),
            rate: BitRate::from_mbps(f64::exp(log)),
            latency: Seconds::new(0.08),
        }
    });
    Arc::new(Trace::new("random walk", periods.collect()).expect("valid periods"))
}

/// 6 rungs, 4 s segments, sizes that vary by a factor of 0.6 to 1.4.
pub fn video(segments: usize) -> Video {
    let mut rng = SimRng::new(2, 0);
    let sizes: Vec<Vec<Bits>> = (0..segments)
        .map(|_| {
            let scene = rng.range(0.6, 1.4);
            LADDER.iter().map(|kbps| Bits::new(kbps * 4000.0 * scene)).collect()
        })
        .collect();
    let ladder = Ladder::from_kbps(&LADDER).expect("ascending");
    Video::new("bench", ladder, vec![Seconds::new(4.0); segments], &sizes).expect("a valid video")
}

/// One session of which only the digest is kept: its segments, and the rule for the next one.
pub fn session<A: AbrStrategy>(trace: &Arc<Trace>, video: &Video, rule: A, profile: &Profile) -> (Meter, A) {
    let mut meter = Meter::default();
    let mut link = Link::new(trace.clone(), profile.link).expect("a trace that carries something");
    let mut player = Player::new(video, rule, profile.player.clone()).expect("valid options");
    sim::drive(&mut player, &mut link, &mut meter);
    (meter, player.into_rule())
}
