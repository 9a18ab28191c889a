//! A rule of one's own, and one in a closure, in a comparison with statistics and charts.
//!
//! `cargo run --release -p segue --example custom_rule` writes the charts to the folder `custom-rule`.

use abr::{AbrStrategy, Custom, Decision, FromFn, PlayerEvent, PlayerView, RuleSource};
use units::BitRate;

/// The highest rung below the throughput of the last download, less a margin that shrinks as the buffer fills.
#[derive(Clone, Default)]
struct Careful {
    throughput: BitRate,
}

impl AbrStrategy for Careful {
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        let share = 0.5 + 0.4 * (view.buffer / view.capacity);
        Decision::fetch(view.video.ladder().highest_at_most(self.throughput * share))
    }

    fn event(&mut self, _: &PlayerView<'_>, event: &PlayerEvent) {
        if let PlayerEvent::Ended { received, elapsed, .. } = event {
            self.throughput = *received / *elapsed;
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let traces =
        segue_cli::load_traces(&["preset:4g,seed=1", "preset:4g,seed=2", "preset:3g"], None, 0)?.traces;
    let (video, profile) = (segue_cli::load_video("preset:vbr", None, 0)?, sim::profile("default")?);
    let half = |view: &PlayerView<'_>| Decision::fetch(view.video.ladder().len() / 2);
    let rules: [Box<dyn RuleSource>; 3] = [
        Box::new("bola".to_string()),
        Box::new(Custom::new("careful", || Box::new(Careful::default()))),
        Box::new(Custom::new("half", move || Box::new(FromFn(half)))),
    ];
    let models = segue_cli::Models::new(&["yin"])?;
    let plan = segue_cli::Plan {
        traces: &traces,
        video: &video,
        rules: &rules,
        baseline: 0,
        profile: &profile,
        seed: 0,
        models: &models,
    };
    let comparison = segue_cli::compare(&plan, &|| ())?;
    comparison.write(std::path::Path::new("custom-rule"), &|| ())?;
    anstream::println!("{}", comparison.to_text());
    Ok(())
}
