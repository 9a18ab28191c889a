//! What a segment costs in a crowd, over its size: an event is a search among those that are in flight.

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netmodel::Trace;
use segue_benches::video;
use sim::crowd::{self, Guest};
use units::Seconds;

/// Ten minutes of segments of 4 s.
const SEGMENTS: usize = 150;

fn crowds(c: &mut Criterion) {
    let (video, profile) = (video(SEGMENTS), sim::profile("default").expect("a profile"));
    let mut group = c.benchmark_group("crowd");
    group.sample_size(10);
    for n in [1, 10, 100, 1000] {
        let steps = [(600.0, 2.0 * n as f64)];
        let trace = Arc::new(Trace::steps("shared", &steps, Seconds::new(0.05)).expect("a trace"));
        let guests: Vec<Guest<'_>> = (0..n)
            .map(|i| Guest {
                rule: ["throughput", "bola", "bba"][i % 3],
                profile: &profile,
                start: Seconds::new(0.05) * i as f64,
            })
            .collect();
        group.throughput(Throughput::Elements((n * SEGMENTS) as u64));
        group.bench_function(n.to_string(), |b| {
            b.iter(|| crowd::play(&trace, &video, &profile, &guests, 0).expect("a crowd").jain());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_millis(1_500));
    targets = crowds
}
criterion_main!(benches);
