//! What a judgement of a sentence costs.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use feedback::sentiment::{Sentiment, backend};

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
    for name in ["default", "vader"] {
        let backend = backend(name).expect("built in");
        group.bench_function(name, |b| b.iter(|| judged(backend.as_ref())));
    }
    group.finish();
}

/// The network of the folder that `$SEGUE_MINILM` names, on one core; left out where there is none.
fn network(c: &mut Criterion) {
    let Ok(folder) = std::env::var("SEGUE_MINILM") else { return };
    let backend = backend(&format!("minilm:{folder}")).expect("a network in $SEGUE_MINILM");
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let mut group = c.benchmark_group("sentiment by minilm");
    group.throughput(Throughput::Elements(SENTENCES.len() as u64));
    group.bench_function("one core", |b| one.install(|| b.iter(|| judged(backend.as_ref()))));
    group.finish();
}

fn judged(backend: &dyn Sentiment) -> usize {
    SENTENCES.iter().filter_map(|s| backend.judge(black_box(s)).ok()).count()
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_millis(1_000));
    targets = sentence, network
}
criterion_main!(benches);
