//! Rules and networks of one's own: the same ones as the built-in, brought along, give the same sessions.

use std::sync::Arc;

use abr::rules::Fixed;
use abr::{Custom, Decision, FromFn, PlayerView, RuleSource};
use netmodel::generators;
use netmodel::{Link, LinkOptions, Trace};
use sim::{Comparison, Row, made_network};

fn trace(seed: u64) -> Arc<Trace> {
    Arc::new(generators::generate("3g", seed).expect("a preset"))
}

#[test]
fn a_rule_of_ones_own_plays_as_it_does_by_name() {
    let (video, profile) =
        (media::presets::generate("vbr", 1).expect("a preset"), sim::profile("default").expect("one"));
    let second = |_: &PlayerView<'_>| Decision::fetch(2);
    let rules: [Box<dyn RuleSource>; 5] = [
        Box::new("fixed:level=2".to_string()),
        Box::new(Custom::new("my fixed", || Box::new(Fixed { level: 2 }))),
        Box::new(Custom::new("closure", move || Box::new(FromFn(second)))),
        Box::new("bola".to_string()),
        Box::new(Custom::new("my bola", || abr::rule("bola").expect("a rule"))),
    ];
    let traces = [trace(1), trace(2)];
    let what = Comparison { traces: &traces, video: &video, rules: &rules, profile: &profile, seed: 0 };
    let rows = sim::compare(&what, |session| session.clone(), || ()).expect("it runs");
    assert_eq!(rows.len(), 10);
    for of_trace in rows.chunks(5) {
        let same = |a: &Row<qoe::Session>, b: &Row<qoe::Session>| {
            assert_eq!(a.summary, b.summary);
            assert_eq!(a.value.downloads, b.value.downloads);
        };
        same(&of_trace[0], &of_trace[1]);
        same(&of_trace[0], &of_trace[2]);
        same(&of_trace[3], &of_trace[4]);
        assert!(of_trace[0].value.downloads != of_trace[3].value.downloads, "two rules differ");
        assert_eq!(of_trace[2].value.abr, "closure");
    }
}

#[test]
fn a_network_of_ones_own_carries_as_its_trace_does() {
    let (video, profile) =
        (media::presets::generate("vbr", 1).expect("a preset"), sim::profile("default").expect("one"));
    let trace = trace(3);
    let inside = trace.clone();
    let mine =
        made_network("mine", move |_| Link::new(inside.clone(), LinkOptions::default()).expect("a link"));
    for rule in ["bola", "bba", "bola-e"] {
        let by_trace = sim::session(&trace, &video, rule, &profile, 0).expect("it runs");
        let by_link = sim::session(&mine, &video, rule, &profile, 0).expect("it runs");
        assert_eq!(by_link.trace, "mine");
        assert_eq!(by_link.downloads, by_trace.downloads);
        assert_eq!((by_link.stalls, by_link.wall_s), (by_trace.stalls, by_trace.wall_s));
    }
}
