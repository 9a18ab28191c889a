//! What a segment costs without a record, from 10^2 to 10^6 segments, beside the bare trace integral.

use std::hint::black_box;

use abr::rules::{Bba, Fixed};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netmodel::{Link, LinkOptions, NetworkModel, impair};
use segue_benches::{session, video, walk};

const LENGTHS: [usize; 5] = [100, 1_000, 10_000, 100_000, 1_000_000];

/// The transfers of a session on rung 2 and nothing else: the limit of what any engine can do.
fn integral(c: &mut Criterion) {
    let trace = walk(600);
    let mut group = c.benchmark_group("bare trace integral");
    for n in LENGTHS {
        let video = video(n);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(n.to_string(), |b| {
            b.iter(|| {
                let mut link = Link::new(trace.clone(), LinkOptions::default()).expect("a link");
                for k in 0..n {
                    black_box(link.transfer(video.size(k, 2)));
                }
            });
        });
    }
    group.finish();
}

/// The same transfers over impaired links.
fn impaired(c: &mut Criterion) {
    let (trace, n) = (walk(600), 10_000);
    let video = video(n);
    let mut group = c.benchmark_group("impaired trace integral");
    group.throughput(Throughput::Elements(n as u64));
    for specs in [
        &["slow-start:initial=1e12,cap=1e12"][..],
        &["slow-start"],
        &["token-bucket"],
        &["handover"],
        &["latency:preset=4g,jitter=0.01", "connection", "slow-start", "loss:p=0.001"],
    ] {
        let chain = impair::chain(specs).expect("impairments");
        group.bench_function(specs.join(" + "), |b| {
            b.iter(|| {
                let options = LinkOptions::default();
                let mut link = impair::link(trace.clone(), options, &chain, 0).expect("a link");
                for k in 0..n {
                    black_box(link.transfer(video.size(k, 2)));
                }
            });
        });
    }
    group.finish();
}

fn sessions(c: &mut Criterion) {
    let (trace, profile) = (walk(600), sim::profile("default").expect("a profile"));
    let mut group = c.benchmark_group("session of fixed");
    for n in LENGTHS {
        let video = video(n);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(n.to_string(), |b| {
            b.iter(|| session(&trace, &video, Fixed { level: 2 }, &profile).0.summary());
        });
    }
    group.finish();
    let mut group = c.benchmark_group("session of bba");
    for n in LENGTHS {
        let video = video(n);
        group.throughput(Throughput::Elements(n as u64));
        group.bench_function(n.to_string(), |b| {
            b.iter(|| session(&trace, &video, Bba::default(), &profile).0.summary());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_millis(1_500));
    targets = integral, impaired, sessions
}
criterion_main!(benches);
