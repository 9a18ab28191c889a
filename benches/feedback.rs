//! What a judgement of a sentence costs.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use feedback::sentiment::{BACKENDS, backend};

/// Fifteen words each.
const SENTENCES: [&str; 4] = [
    "the stream keeps buffering every few minutes and I really can not watch the game",
    "Video quality looks GREAT today, I love how smooth it is on my old phone!!!",
    "not bad at all but the sound was out of sync for the whole second half",
    "which channel shows the match tonight and when does it start for those of us abroad",
];

fn sentence(c: &mut Criterion) {
    let mut group = c.benchmark_group("sentiment of a sentence");
    group.throughput(Throughput::Elements(SENTENCES.len() as u64));
    for (name, _) in BACKENDS {
        // A backend that needs a folder which is not there is left out.
        let Ok(backend) = backend(name) else { continue };
        group.bench_function(*name, |b| {
            b.iter(|| SENTENCES.iter().filter_map(|s| backend.judge(black_box(s)).ok()).count());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_millis(1_000));
    targets = sentence
}
criterion_main!(benches);
