//! What a score costs: per segment for additive models, per session for P.1203.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use qoe::p1203::{Forest, Input, P1203, Regression, Tree};
use qoe::{Accumulator, Meta, QoeModel, Resolution, Segment, VideoCodec, Viewing};
use units::{BitRate, Seconds};

const LADDER: [(f64, u32, u32); 5] =
    [(250.0, 426, 240), (600.0, 640, 360), (1100.0, 854, 480), (2400.0, 1280, 720), (4500.0, 1920, 1080)];

/// A session that wanders over the ladder in segments of 2 s, with a startup delay and two stalls.
fn viewing(seconds: usize, named: bool) -> Viewing {
    let ladder = LADDER.map(|(kbps, ..)| BitRate::from_kbps(kbps)).to_vec();
    let display = Some(Resolution::new(1920, 1080));
    let mut v = Viewing::new(Meta { ladder, display, ..Meta::default() }).startup(Seconds::new(1.3));
    for i in 0..seconds / 2 {
        let rung = (i * 7 / 5 + i * i / 11) % LADDER.len();
        let (kbps, width, height) = LADDER[rung];
        // With names, every segment has its own bitrate.
        let kbps = if named { kbps * (1.0 + (i % 7) as f64 / 100.0) } else { kbps };
        let segment = Segment {
            representation: named.then_some(rung as u32),
            resolution: Some(Resolution::new(width, height)),
            fps: Some(30.0),
            codec: Some(VideoCodec::H264),
            ..Segment::new(Seconds::new(2.0), BitRate::from_kbps(kbps))
        };
        v.push(segment, if i == 20 || i == 70 { Seconds::new(1.7) } else { Seconds::ZERO });
    }
    v
}

/// Twenty full trees of depth 6, as many nodes as the standard's have.
fn forest() -> Forest {
    let tree = |k: usize| {
        let inner =
            |i: usize| format!("{i},{},{},{},{}\n", (i + k) % 14, 1.0 + (i % 4) as f64, 2 * i + 1, 2 * i + 2);
        let rows: String =
            (0..127).map(|i| if i < 63 { inner(i) } else { format!("{i},-1,3.0,0,0\n") }).collect();
        Tree::parse("bench", &rows).expect("a full tree")
    };
    Forest::new((0..20).map(tree).collect()).expect("twenty trees")
}

fn additive(c: &mut Criterion) {
    let v = viewing(2000, false);
    let mut group = c.benchmark_group("additive QoE per segment");
    group.throughput(Throughput::Elements(v.segments.len() as u64));
    for name in ["yin", "pensieve-lin", "pensieve-log", "pensieve-hd", "bola", "c3"] {
        let model = qoe::model(name).expect("a model");
        group.bench_function(name, |b| b.iter(|| model.score(black_box(&v)).expect("a score").value));
    }
    let model = qoe::additive("yin").expect("a model");
    group.bench_function("yin, streaming, model behind a pointer", |b| {
        b.iter(|| {
            let mut accumulator = Accumulator::new(&*model, &v.meta, Seconds::new(1.0)).expect("a delay");
            for s in black_box(&v.segments) {
                accumulator.push(s, Seconds::ZERO).expect("a bitrate");
            }
            accumulator.score().expect("segments").value
        });
    });
    group.finish();
}

fn p1203(c: &mut Criterion) {
    let model = P1203 { regression: Regression::Forest(std::sync::Arc::new(forest())), ..P1203::default() };
    for (name, lengths) in [("p1203 mode 0, 300 s", &[300][..]), ("p1203 mode 0, other lengths", &[60, 1200])]
    {
        let mut group = c.benchmark_group(name);
        for (seconds, named) in lengths.iter().flat_map(|s| [(*s, false), (*s, true)]) {
            let input = Input::of(&viewing(seconds, named)).expect("all is known");
            let id = format!("{seconds} s{}", if named { ", representations" } else { "" });
            group.bench_function(&id, |b| b.iter(|| model.evaluate(black_box(&input)).expect("a score").o46));
        }
        if lengths.contains(&300) {
            let v = viewing(300, true);
            group.bench_function("with parts", |b| b.iter(|| model.score(black_box(&v)).expect("a score")));
        }
        group.finish();
    }
}

criterion_group!(benches, additive, p1203);
criterion_main!(benches);
