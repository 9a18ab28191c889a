//! What a session costs beside the bare trace integral, the two measured in turns.
//!
//! ```sh
//! cargo run --release -p segue-benches --example pairs                 # a table: the best of 5 turns of each
//! cargo run --release -p segue-benches --example pairs -- bba 1000 3   # 3 sessions of bba over 1000 segments, and no clock
//! ```
//!
//! The second form is for counters of instructions (`cargo xtask bench instructions`), which say the same on a busy machine.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench prints, stops where it cannot go on, and reads the clock"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use abr::estimate::{Ewma, WithEstimator};
use abr::rules::{Bba, BolaE, Fixed};
use media::Video;
use netmodel::{Link, LinkOptions, NetworkModel, Trace};
use segue_benches::{session, video, walk};
use sim::Profile;

/// What is measured.
struct Subject {
    trace: Arc<Trace>,
    video: Video,
    default: Profile,
    sabre: Profile,
}

impl Subject {
    fn new(segments: usize) -> Subject {
        let profile = |name| sim::profile(name).expect("a profile");
        let (default, sabre) = (profile("default"), profile("sabre-09b03bb"));
        Subject { trace: walk(600), video: video(segments), default, sabre }
    }

    /// Runs it once; false for a name that there is not.
    fn run(&self, name: &str) -> bool {
        let (trace, video) = (&self.trace, &self.video);
        match name {
            "integral" => {
                let mut link = Link::new(trace.clone(), LinkOptions::default()).expect("a link");
                (0..video.segments()).for_each(|k| {
                    black_box(link.transfer(video.size(k, 2)));
                });
            }
            "fixed" => {
                black_box(session(trace, video, Fixed { level: 2 }, &self.default).0.summary());
            }
            "bba" => {
                black_box(session(trace, video, Bba::default(), &self.default).0.summary());
            }
            "bola-e" => {
                let rule = WithEstimator::new(BolaE::default(), Ewma::default());
                black_box(session(trace, video, rule, &self.sabre).0.summary());
            }
            _ => return false,
        }
        true
    }

    /// Nanoseconds per segment, over at least `least` segments.
    fn time(&self, name: &str, least: usize) -> f64 {
        let n = self.video.segments();
        let turns = least.div_ceil(n).max(1);
        let begun = Instant::now();
        (0..turns).for_each(|_| assert!(self.run(name)));
        begun.elapsed().as_secs_f64() * 1e9 / (turns * n) as f64
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [name, segments, sessions] = &args[..] {
        let subject = Subject::new(segments.parse().expect("a number of segments"));
        let sessions: usize = sessions.parse().expect("a number of sessions");
        assert!((0..sessions).all(|_| subject.run(name)), "integral, fixed, bba or bola-e");
        return;
    }
    println!("{:<9} {:>9} {:>14} {:>14} {:>10}", "rule", "segments", "ns each", "integral, ns", "integrals");
    for (rule, lengths) in
        [("fixed", &[2, 3, 4, 5, 6][..]), ("bba", &[2, 3, 4, 5, 6]), ("bola-e", &[2, 3, 4])]
    {
        for power in lengths {
            let subject = Subject::new(10usize.pow(*power));
            let least = if rule == "bola-e" { 20_000 } else { 200_000 };
            let (mut cost, mut bare) = (f64::INFINITY, f64::INFINITY);
            for _ in 0..5 {
                bare = bare.min(subject.time("integral", least));
                cost = cost.min(subject.time(rule, least));
            }
            let (segments, share) = (subject.video.segments(), cost / bare);
            println!("{rule:<9} {segments:>9} {cost:>14.1} {bare:>14.1} {share:>10.2}");
        }
    }
}
