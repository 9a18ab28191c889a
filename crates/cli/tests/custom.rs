//! Rules and models of one's own in a comparison: tables, statistics and charts name them like any other.

use abr::{AbrStrategy, Custom, Decision, FromFn, PlayerEvent, PlayerView, RuleSource};
use qoe::{About, Parts, QoeError, QoeModel, Scale, Score, Viewing};
use serde_json::Value;
use units::BitRate;

/// The highest rung below the throughput of the last download.
#[derive(Default)]
struct Last(BitRate);

impl AbrStrategy for Last {
    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        Decision::fetch(view.video.ladder().highest_at_most(self.0))
    }

    fn event(&mut self, _: &PlayerView<'_>, event: &PlayerEvent) {
        if let PlayerEvent::Ended { received, elapsed, .. } = event {
            self.0 = *received / *elapsed;
        }
    }
}

/// The mean bitrate in Mbit/s.
struct Mbps;

impl QoeModel for Mbps {
    fn about(&self) -> About {
        About { id: "mbps", scale: Scale::Unbounded, needs: &[] }
    }
    fn score(&self, viewing: &Viewing) -> Result<Score, QoeError> {
        let media: f64 = viewing.segments.iter().map(|s| s.bitrate.mbps() * s.duration.get()).sum();
        let quality = media / viewing.media_time().get();
        Ok(Score::of_parts(Parts { quality, ..Parts::default() }, Scale::Unbounded, viewing.segments.len()))
    }
}

#[test]
fn rules_and_models_of_ones_own_are_compared_with_statistics_and_charts() {
    let specs = ["preset:4g,seed=1", "preset:4g,seed=2", "preset:3g,seed=3"];
    let traces = segue_cli::load_traces(&specs, None, 0).expect("presets").traces;
    let video = segue_cli::load_video("preset:vbr", None, 0).expect("a preset");
    let profile = sim::profile("default").expect("a profile");
    let middle = |view: &PlayerView<'_>| Decision::fetch(view.video.ladder().len() / 2);
    let rules: [Box<dyn RuleSource>; 3] = [
        Box::new("bola".to_string()),
        Box::new(Custom::new("last", || Box::new(Last::default()))),
        Box::new(Custom::new("middle", move || Box::new(FromFn(middle)))),
    ];
    let models =
        segue_cli::Models::new(&["yin"]).expect("a model").with("mbps", Box::new(Mbps)).expect("one more");
    let plan = segue_cli::Plan {
        traces: &traces,
        video: &video,
        rules: &rules,
        baseline: 0,
        profile: &profile,
        seed: 0,
        models: &models,
    };
    let comparison = segue_cli::compare(&plan, &|| ()).expect("it runs");
    let folder = tempfile::tempdir().expect("a folder");
    comparison.write(folder.path(), &|| ()).expect("written");
    let charts = std::fs::read_dir(folder.path()).expect("a folder").flatten();
    let charts: Vec<_> = charts.filter(|f| f.path().extension().is_some_and(|e| e == "png")).collect();
    assert!(charts.len() >= 3, "{charts:?}");
    let text = comparison.to_text();
    assert!(["bola", "last", "middle"].iter().all(|name| text.contains(name)), "{text}");
    // Every session has a row, with the score of the model; the middle rung is always the same.
    let sessions = std::fs::read_to_string(folder.path().join("sessions.csv")).expect("rows");
    assert_eq!(sessions.lines().count(), 1 + 9, "{sessions}");
    let json: Value = serde_json::from_str(&comparison.to_json().expect("JSON")).expect("JSON");
    assert!(json.to_string().contains("mbps"), "{json}");
    let kbps = video.ladder().bitrate(video.ladder().len() / 2).kbps();
    for played in comparison.of_rule(2) {
        assert!((played.scores[1].value - kbps / 1000.0).abs() < 1e-9, "{played:?}");
        assert_eq!(played.summary.switch_count, 0);
    }
    assert!(models.with("yin", Box::new(Mbps)).is_err(), "a name is given once");
}
