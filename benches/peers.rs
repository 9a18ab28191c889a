//! Sessions that published simulators run too; their cost is in the comment of each.

use std::hint::black_box;
use std::sync::Arc;

use abr::estimate::{Ewma, WithEstimator};
use abr::rules::{BolaE, Buffer, Mpc, MpcOptions};
use abr::{AbrStrategy, Ending, PlayerEvent, PlayerView};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netmodel::Trace;
use segue_benches::{session, video, walk};
use units::{Bits, Seconds};

/// BOLA-E with abandonment checks, profile of Sabre, on its 3G traces and movie. Sabre's command line: 640-740 us per segment;
/// in one process: 150-200 us.
fn bola_e(c: &mut Criterion) {
    let profile = sim::profile("sabre-09b03bb").expect("a profile");
    let (name, traces, video) = match (
        fixtures::shared("bola-e", "traces/hsdpa_sabre_json"),
        fixtures::shared("bola-e", "videos/bbb_3s.json"),
    ) {
        (Some(folder), Some(movie)) => {
            let mut files: Vec<_> =
                std::fs::read_dir(folder).expect("a folder").map(|f| f.expect("an entry").path()).collect();
            files.sort();
            let read = |p| netmodel::formats::read_path(p, None, &Default::default()).expect("a trace").trace;
            let traces: Vec<Arc<Trace>> = files.iter().map(|p| Arc::new(read(p))).collect();
            (
                "bbb_3s on 3G",
                traces,
                media::formats::read_path(&movie, None, &Default::default()).expect("a movie"),
            )
        }
        _ => ("random walk instead", vec![walk(600)], video(199)),
    };
    let mut group = c.benchmark_group("bola-e with abandonment");
    let segments = video.segments() * traces.len();
    group.throughput(Throughput::Elements(segments as u64));
    group.bench_function(name, |b| {
        let mut rule = WithEstimator::new(BolaE::default(), Ewma::default());
        b.iter(|| {
            for trace in &traces {
                let (meter, again) = session(trace, &video, rule.clone(), &profile);
                black_box(meter.summary());
                rule = again;
            }
        });
    });
    group.finish();
}

/// One decision over 6 rungs and 5 segments. Pensieve's mpc.py: 21,900 us.
fn robust_mpc(c: &mut Criterion) {
    let video = video(48);
    let mut rule = Mpc::new(MpcOptions { robust: true, ..MpcOptions::default() });
    let mut view = PlayerView::at_start(&video, Seconds::new(60.0));
    rule.begin(&view);
    for k in 0..5 {
        let (size, elapsed) = (Bits::new(4e6), Seconds::new(1.5 + 0.3 * k as f64));
        let (segment, level, latency, ending) = (k, 2, Seconds::ZERO, Ending::Appended);
        rule.event(
            &view,
            &PlayerEvent::Ended { segment, level, size, received: size, elapsed, latency, ending },
        );
    }
    let mut group = c.benchmark_group("robust-mpc decision");
    group.throughput(Throughput::Elements(6 * 30));
    group.bench_function("6 rungs, horizon 5", |b| {
        b.iter(|| {
            for last in 0..6 {
                for half_seconds in 0..30 {
                    view.last_level = Some(last);
                    view.segment = 5 + half_seconds;
                    view.buffer = Seconds::new(0.7 * half_seconds as f64);
                    black_box(rule.decide(&view));
                }
            }
        });
    });
    group.finish();
}

/// Pensieve's buffer rule in its environment, per chunk. fixed_env.py: 3.5 us, bb.py with its log 8.4 us.
fn buffer(c: &mut Criterion) {
    let (trace, video) = (walk(600), video(49));
    let profile = sim::profile("pensieve-1120bb1").expect("a profile");
    let mut group = c.benchmark_group("bb in Pensieve's environment");
    group.throughput(Throughput::Elements(48));
    group.bench_function("48 chunks", |b| {
        let rule = Buffer { first: 1, ..Buffer::default() };
        b.iter(|| session(&trace, &video, rule, &profile).0.summary());
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).warm_up_time(std::time::Duration::from_millis(500))
        .measurement_time(std::time::Duration::from_secs(2));
    targets = bola_e, robust_mpc, buffer
}
criterion_main!(benches);
