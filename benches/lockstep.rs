//! The heat-map of the Twitch model: 50 x 50 points, 20 seeds each, 300 s per run, on all threads.

use criterion::{Criterion, criterion_group, criterion_main};
use sim::lockstep::twitch::Scenario;
use sim::lockstep::twitch::sweep::{Axis, Model, grid};

fn map(c: &mut Criterion) {
    let base = Scenario::named("moderate").expect("a scenario");
    let axis = |name: &str| Axis::parse(name, 50).expect("a parameter");
    let (x, y) = (axis("base_bandwidth_mbps"), axis("initial_level_s"));
    c.benchmark_group("twitch heat-map").bench_function("50 x 50 x 20 x 300 s", |b| {
        b.iter(|| grid(Model::Corrected, &base, &x, &y, 20).expect("a map"));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(std::time::Duration::from_millis(100))
        .measurement_time(std::time::Duration::from_millis(1_000));
    targets = map
}
criterion_main!(benches);
