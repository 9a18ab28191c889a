//! The buffer-health monitor: what an update costs, and what its metrics as JSON.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use playbuf::health::HealthMonitor;
use units::Seconds;

const UPDATES: u64 = 1_000;

/// Updates at an interval, the level a saw-tooth that runs dry now and then.
fn update(c: &mut Criterion) {
    let mut group = c.benchmark_group("buffer health update");
    group.throughput(Throughput::Elements(UPDATES));
    for (name, interval) in [("every 10 ms", 10.0), ("every 100 ms", 100.0), ("every 250 ms", 250.0)] {
        let levels: Vec<Seconds> =
            (0..UPDATES).map(|i| Seconds::from_millis(4_000.0 - interval * (i % 41) as f64)).collect();
        let mut monitor = HealthMonitor::default();
        let mut now = Seconds::ZERO;
        group.bench_function(name, |b| {
            b.iter(|| {
                for level in &levels {
                    now += Seconds::from_millis(interval);
                    black_box(monitor.update(black_box(now), *level));
                }
            });
        });
    }
    group.finish();
}

fn json(c: &mut Criterion) {
    let mut monitor = HealthMonitor::default();
    for i in 0..5_000 {
        monitor.update(
            Seconds::from_millis(33.0 * f64::from(i)),
            Seconds::from_millis(f64::from(i % 37) * 100.0),
        );
    }
    let (mut now, mut text) = (Seconds::from_millis(33.0 * 5_000.0), String::with_capacity(512));
    c.benchmark_group("buffer health metrics").bench_function("as JSON", |b| {
        b.iter(|| {
            now += Seconds::from_millis(1.0);
            text.clear();
            let _ = monitor.metrics(black_box(now)).write_json(&mut text);
            black_box(text.len())
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_millis(1_000));
    targets = update, json
}
criterion_main!(benches);
