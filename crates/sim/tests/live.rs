//! Live events: the laws of their sessions, and whether the low-latency rules keep the latency that was asked for.

use std::sync::Arc;

use media::{Availability, Ladder, Video};
use netmodel::{Trace, generators};
use player::{Event, LatencyMeter, Meter, Observer, Recorder};
use proptest::prelude::*;
use proptest::sample::select;
use qoe::{LiveSummary, Outcome, Session, Summary};
use sim::Profile;
use units::Seconds;

/// Follows latency by integrating playback, and compares it with what the player says: live edge - position.
struct Watch {
    meter: LatencyMeter,
    video: Option<Video>,
    compared: usize,
    worst: f64,
}

impl Observer for Watch {
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        self.meter.event(at, event);
        if let Event::Began { video, .. } = event {
            self.video = Some((*video).clone());
        }
        let (Some(corner), Some(video)) = (self.meter.line().last(), &self.video) else { return };
        let edge = video.edge(at).expect("a live event has an edge");
        // Whatever says where the viewer is.
        let said = match event {
            Event::Requested(request) => request.latency.expect("a live event has a latency"),
            Event::Plays { segment, .. } => edge - video.start(*segment),
            Event::Stalled { media, .. } => edge - *media,
            _ => return,
        };
        self.compared += 1;
        self.worst = self.worst.max((said - corner.latency_s).abs().get());
    }
}

fn watch(trace: &Trace, video: &Video, rule: &str, profile: &Profile) -> (Session, Summary, Watch) {
    let meter = LatencyMeter::new(profile.player.target(video));
    let watch = Watch { meter, video: None, compared: 0, worst: 0.0 };
    let mut all = (Recorder::default(), (Meter::default(), watch));
    sim::observe(&Arc::new(trace.clone()), video, rule, profile, 0, &mut all).expect("a session");
    (all.0.into_session(), all.1.0.summary(), all.1.1)
}

fn video(kbps: &[f64], segment: f64, length: f64) -> Video {
    let ladder = Ladder::from_kbps(kbps).expect("ascending");
    Video::constant_bitrate("event", ladder, Seconds::new(segment), Seconds::new(length)).expect("a video")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn time_media_and_latency_are_conserved(
        periods in prop::collection::vec((0.2..8.0f64, 0.1..4.0f64), 1..20),
        latency in 0.0..0.2f64,
        segment in 0.5..4.0f64,
        chunk in prop::option::weighted(0.7, 0.05..1.5f64),
        request in select(&["segment", "chunk"][..]),
        delay in 0.0..1.0f64,
        target in 0.5..6.0f64,
        join in prop::option::of(0.0..20.0f64),
        catchup in select(&["off", "default", "lol-plus", "step"][..]),
        drift in select(&[0.0, 2.0, 12.0][..]),
        window in prop::option::of(0.0..5.0f64),
        scheduling in select(&["default", "default:capacity=4", "hlsjs-1.7.4"][..]),
        rule in select(&["throughput", "bola-e", "hlsjs", "l2a", "lol-plus"][..]),
    ) {
        let trace = Trace::steps("random", &periods, Seconds::new(latency)).expect("a trace");
        let video = video(&[200.0, 500.0, 1000.0], segment, 40.0);
        let chunk = chunk.map(|c| format!(",chunk={c},request={request}")).unwrap_or_default();
        let join = join.map(|j| format!(",join={j}")).unwrap_or_default();
        let window = window.map(|w| format!(",window={}", target + w)).unwrap_or_default();
        let live = format!("latency={target},delay={delay},catchup={catchup},drift={drift}{chunk}{join}{window}");
        let profile = sim::profile(scheduling).expect("a profile").live(&live).expect("a live event");
        let (session, summary, watch) = watch(&trace, &video, rule, &profile);

        // Latency = live edge - position, at every event that says where the viewer is.
        prop_assert!(watch.compared + 1 >= session.latencies.len());
        prop_assert!(watch.worst < 1e-6, "{} s apart", watch.worst);
        let line = watch.meter.line();
        prop_assert!(!line.is_empty());
        for corner in line {
            // Nobody sees what has not happened, and nothing is buffered before it is there.
            prop_assert!(corner.buffer_s.get() > -1e-6);
            prop_assert!((corner.latency_s - corner.buffer_s).get() > delay - 1e-6, "{corner:?}");
        }
        // Playing time, stretched by the rates, is what was played.
        let wall = session.wall_s.get();
        let stalled: f64 = session.stalls.iter().map(|s| s.duration_s.get()).sum();
        let mut playing = 0.0;
        let mut edges: Vec<f64> = session.rates.iter().map(|r| r.at_s.get()).collect();
        edges.push(wall);
        let (mut from, mut rate) = (session.startup_delay_s.get(), 1.0);
        for (k, to) in edges.iter().enumerate() {
            let to = to.max(from);
            let still: f64 = session.stalls.iter()
                .map(|s| (to.min((s.start_s + s.duration_s).get()) - from.max(s.start_s.get())).max(0.0))
                .sum();
            playing += (to - from - still) * rate;
            (from, rate) = (to, session.rates.get(k).map_or(1.0, |r| r.rate));
        }
        prop_assert!((playing - session.played_s.get()).abs() < 1e-6 * wall, "{playing} and {}", session.played_s);
        prop_assert!(stalled + session.startup_delay_s.get() <= wall + 1e-6);
        prop_assert!((summary.played_s - session.played_s).abs().get() < 1e-9);

        // A segment ends after its last chunk is there, and no bit comes that the link did not carry.
        let event = profile.adapt(&video).expect("an event");
        for d in &session.downloads {
            // Nothing is asked for that is not there yet, or not there any more.
            let there = event.available_at(d.index) - Seconds::new(1e-6)..event.gone_at(d.index);
            prop_assert!(there.contains(&d.request_s), "{d:?} of {there:?}");
            let whole = match event.availability() {
                Availability::Live(live) => event.start(d.index + 1) + live.delay - live.join,
                Availability::OnDemand | Availability::Listed(_) => Seconds::ZERO,
            };
            prop_assert!(d.outcome != Outcome::Done || d.finish_s > whole - Seconds::new(1e-6));
            let carried = trace.bits_between(d.first_byte_s, d.finish_s).get();
            prop_assert!(d.received_bits.get() < carried + 1e-6 * carried.max(1.0), "{} of {carried}: {d:?}", d.received_bits);
        }
    }
}

/// Nothing comes for 20 s. What was buffered plays, and when the link is back, what should come next has left the window: the
/// player is at its target at once. Without a window it plays all it has missed.
#[test]
fn who_falls_out_of_the_window_jumps_to_the_target() {
    let trace =
        Trace::steps("outage", &[(10.0, 5.0), (20.0, 0.001), (300.0, 5.0)], Seconds::ZERO).expect("a trace");
    for scheduling in ["default", "hlsjs-1.7.4"] {
        let run = |more: &str| {
            let profile = sim::profile(scheduling).expect("a profile");
            let live = format!("latency=4,catchup=off{more}");
            watch(&trace, &video(&[200.0], 1.0, 90.0), "fixed", &profile.live(&live).expect("a live event"))
        };
        let (jumped, stayed) = (run(",window=8"), run(""));
        assert_eq!((jumped.0.seeks.len(), stayed.0.seeks.len()), (1, 0), "{scheduling}");
        let seek = &jumped.0.seeks[0];
        assert!(seek.at_s.get() > 29.0 && (seek.at_s - seek.to_s).abs() < Seconds::new(1e-9), "{seek:?}");
        let last = |s: &Session| s.latencies.last().expect("it was played").latency_s.get();
        assert!(
            last(&jumped.0) < 6.0 && last(&stayed.0) > 15.0,
            "{} and {}",
            last(&jumped.0),
            last(&stayed.0)
        );
    }
}

/// hls.js fetches the playlist of a level before its first segment. What leaves the window in that time is not asked for.
#[test]
fn what_leaves_the_window_while_a_playlist_comes_is_not_asked_for() {
    let periods = [
        (1.0379853834452573, 0.516302143550622),
        (7.514281506206864, 1.1551553006314415),
        (6.448237800077408, 0.7404481374811533),
        (6.568680488890099, 0.1814758048189692),
    ];
    let trace = Trace::steps("falls", &periods, Seconds::new(0.13155456931972467)).expect("a trace");
    let video = video(&[200.0, 500.0, 1000.0], 0.5, 40.0);
    let live = "latency=0.5,delay=0.02869692494780988,join=0,catchup=off,drift=0,window=1.6316044814691348,\
                chunk=0.07850917246595604,request=chunk";
    let profile = sim::profile("hlsjs-1.7.4").expect("a profile").live(live).expect("a live event");
    let (session, ..) = watch(&trace, &video, "l2a", &profile);
    let event = profile.adapt(&video).expect("an event");
    assert!(session.seeks.len() > 1, "it falls behind");
    for d in &session.downloads {
        assert!(d.request_s < event.gone_at(d.index), "{d:?}, gone at {}", event.gone_at(d.index));
    }
}

/// On a link on which bits take next to no time, a segment of the past takes a latency per request: one, or one per part. At the
/// live edge a part is there as soon as it is produced, for the server holds its request until then.
#[test]
fn a_part_costs_a_latency_unless_it_is_waited_for() {
    let trace = Trace::steps("fast", &[(1000.0, 1e6)], Seconds::new(0.2)).expect("a trace");
    let video = video(&[1000.0], 2.0, 20.0);
    let of = |request: &str, chunk: f64| {
        let live = format!("latency=4,join=20,catchup=off,drift=0,chunk={chunk},request={request}");
        let profile = sim::profile("default").expect("a profile").live(&live).expect("a live event");
        let (session, ..) = watch(&trace, &video, "fixed", &profile);
        session.downloads.iter().map(|d| (d.finish_s - d.request_s).get()).collect::<Vec<_>>()
    };
    let same = |times: &[f64], expected: f64| {
        assert!(
            !times.is_empty() && times.iter().all(|t| (t - expected).abs() < 1e-3),
            "{times:?}: {expected}"
        );
    };
    // All of it has been produced when the viewer comes.
    same(&of("segment", 0.5), 0.2);
    same(&of("chunk", 0.5), 4.0 * 0.2);
    same(&of("chunk", 1.0), 2.0 * 0.2);
    let live = |request: &str| {
        let live = format!("latency=1,join=6.25,catchup=off,drift=0,chunk=0.5,request={request}");
        let profile = sim::profile("default").expect("a profile").live(&live).expect("a live event");
        let (session, ..) = watch(&trace, &video, "fixed", &profile);
        session.downloads.last().expect("it was played").finish_s
    };
    // Half a second of media is more than a latency: the last part comes when the event ends.
    assert!((live("chunk") - live("segment")).abs() < Seconds::new(1e-3));
    assert!((live("chunk") - Seconds::new(20.0 - 6.25)).abs() < Seconds::new(1e-3));
}

/// The networks of the Twitch challenge.
const CHALLENGE: [&str; 5] = ["cascade", "intra-cascade", "spike", "slow-jitters", "fast-jitters"];

/// The challenge's ladder, in chunks of one picture of 30.
fn challenge(network: &str, rule: &str, catchup: &str, segment: f64, target: f64, join: f64) -> LiveSummary {
    let trace = generators::generate(&format!("mmsys20:network={network}"), 0).expect("a preset");
    let video = video(&[200.0, 600.0, 1000.0], segment, 150.0);
    let live = format!("latency={target},chunk=0.033333333333333333,join={join},catchup={catchup}");
    let profile = sim::profile("default").expect("a profile").live(&live).expect("a live event");
    let (_, _, watch) = watch(&trace, &video, rule, &profile);
    watch.meter.summary().expect("it was played")
}

/// A viewer may come at any time: ten of them, spread evenly over a segment. This was fixed before the results were known.
/// The mean of their means, the highest of their 95 % quantiles, and how many keep both within the aim.
fn viewers(network: &str, rule: &str, catchup: &str, segment: f64, target: f64) -> (f64, f64, usize) {
    let all: Vec<LiveSummary> = (0..10)
        .map(|k| challenge(network, rule, catchup, segment, target, 10.0 + segment * f64::from(k) / 10.0))
        .collect();
    let near = |l: &&LiveSummary| {
        (l.latency_mean_s - l.target_s).abs() <= Seconds::new(0.5)
            && l.latency_p95_s <= l.target_s + Seconds::new(1.0)
    };
    let mean = all.iter().map(|l| l.latency_mean_s.get()).sum::<f64>() / 10.0;
    let worst = all.iter().map(|l| l.latency_p95_s.get()).fold(0.0, f64::max);
    (mean, worst, all.iter().filter(near).count())
}

const RULES: [(&str, &str); 3] = [("l2a", "default"), ("lol-plus", "lol-plus"), ("bola", "off")];

/// Of the two rules everybody is kept, in segments of half a second and of one. Who does not catch up stays as far behind as the
/// start has put them: half a segment in the mean and what the first segment takes, which exceeds the aim from segments of one
/// second on. Segments of two seconds are printed only: docs/live.md says who misses there.
#[test]
fn low_latency_rules_keep_their_latency_on_the_networks_of_the_challenge() {
    let mut wrong = Vec::new();
    for (segment, target) in [(0.5, 2.0), (1.0, 3.0), (2.0, 3.0)] {
        for name in CHALLENGE {
            for (rule, catchup) in RULES {
                let (mean, p95, kept) = viewers(name, rule, catchup, segment, target);
                let line = format!(
                    "{segment} s {name:<14} {rule:<9} mean {mean:.2} p95 {p95:.2} kept by {kept} of 10"
                );
                println!("{line}");
                let right = match (catchup, segment) {
                    (_, 2.0) => true,
                    ("off", 1.0) => mean > target + 0.5 && kept <= 5,
                    ("off", _) => mean > target + 0.25,
                    _ => kept == 10 && (mean - target).abs() <= 0.5,
                };
                if !right {
                    wrong.push(line);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
