//! `segue demo`: three nodes of different quality, a metadata service, a smart client, a naive one and the dashboard, on this
//! machine.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use client::{Config, Dashboard, Feed, Naive, Shown, SmartClient, Status};
use media::{Ladder, Rung, Video};
use netmodel::impair::AnyChannel;
use netmodel::{Link, LinkOptions, Trace};
use origin::{Content, Fault, Origin, OriginError, Shape};
use units::{BitRate, Seconds};

use crate::{Error, console};

/// A chunk as V-Stack cuts them: 2 MiB for 10 s.
const CHUNK: Seconds = Seconds::new(10.0);
const CHUNK_KBPS: f64 = 2.0 * 1024.0 * 1024.0 * 8.0 / 10_000.0;
/// How long the nodes may take to tell the service of their chunks.
const REGISTERED: Duration = Duration::from_secs(20);

/// What a node of the demonstration is like: its name, its link, and what goes wrong.
struct Quality {
    id: &'static str,
    mbps: f64,
    latency_ms: f64,
    faults: &'static [&'static str],
}

/// The profiles `normal`, `degraded` and `low_bandwidth` of V-Stack's network emulator. The best one goes down for a while.
const NODES: [Quality; 3] = [
    Quality { id: "node-1", mbps: 50.0, latency_ms: 20.0, faults: &["refuse:from=40,until=60"] },
    Quality { id: "node-2", mbps: 20.0, latency_ms: 100.0, faults: &["error:share=0.15"] },
    Quality { id: "node-3", mbps: 10.0, latency_ms: 20.0, faults: &[] },
];

/// What `segue demo` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  segue demo            (open the address that it prints in a browser)

Three nodes on this machine: 50 Mbit/s and 20 ms, down from 40 to 60 s;
20 Mbit/s, 100 ms and 15 % errors; 10 Mbit/s and 20 ms. A smart and a naive
client play the same video from them. The first line on standard output is the
address. Ctrl+C ends it.")]
pub(crate) struct DemoArgs {
    /// Address of the dashboard; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8888")]
    listen: String,
    /// Length of the video in s, 20 to 3600
    #[arg(long, value_name = "SECONDS", default_value_t = 300,
          value_parser = clap::value_parser!(u16).range(20..=3600))]
    duration: u16,
    /// End when both clients have played the video
    #[arg(long)]
    once: bool,
}

pub(crate) fn main(args: &DemoArgs) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|e| Error::Failed(format!("no runtime: {e}")))?;
    let done = runtime.block_on(async {
        let interrupted = console::interrupted()?;
        tokio::pin!(interrupted);
        tokio::select! {
            done = show(args) => done,
            () = &mut interrupted => Ok(()),
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    done
}

async fn show(args: &DemoArgs) -> Result<(), Error> {
    let video = video(Seconds::new(f64::from(args.duration)))?;
    let service = Origin::start(node(&video, None, None)?).await?;
    let mut nodes = Vec::new();
    for quality in &NODES {
        nodes.push(Origin::start(node(&video, Some(quality), Some(service.url()))?).await?);
    }
    let config = Config { metadata_service_url: service.url(), ..Config::default() };
    let naive = SmartClient::new(Config { metadata_service_url: service.url(), ..Config::naive() });
    let smart = SmartClient::new(config);
    let id = video.name().to_string();
    everybody_has_it(&smart, &id, nodes.len()).await?;

    let shown = Feed::default();
    let both = tokio::spawn(beside(smart.feed().clone(), naive.feed().clone(), shown.clone()));
    let dashboard = Dashboard::start(&args.listen, Shown::Here(shown, None)).await?;
    console::print(&format!("{}\n", dashboard.url()))?;
    for (node, quality) in nodes.iter().zip(&NODES) {
        let faults = if quality.faults.is_empty() { "no faults" } else { quality.faults[0] };
        let about = format!("{} Mbit/s, {} ms, {faults}", quality.mbps, quality.latency_ms);
        console::note(&format!("{} is {}: {about}", node.url(), quality.id));
    }
    console::note(&format!("metadata service: {}; Ctrl+C ends everything", service.url()));

    let (smart, naive) = tokio::join!(smart.play_video(&id), naive.play_video(&id));
    let (smart, naive) = (smart?, naive?);
    for (who, report) in [("smart", &smart), ("naive", &naive)] {
        let s = qoe::Summary::of(&report.session);
        let (startup, stalls) = (s.startup_delay_s.get(), s.stall_count);
        let stalled = s.stall_s.get();
        console::note(&format!(
            "{who}: startup {startup:.2} s, {stalls} interruptions ({stalled:.1} s), mean buffer {:.1} s",
            s.mean_buffer_s.get()
        ));
    }
    if !args.once {
        std::future::pending::<()>().await;
    }
    both.abort();
    Ok(())
}

/// A video of V-Stack's chunks.
fn video(total: Seconds) -> Result<Video, Error> {
    let ladder = Ladder::new(vec![Rung::new(BitRate::from_kbps(CHUNK_KBPS))])?;
    Ok(Video::constant_bitrate("demo", ladder, CHUNK, total)?)
}

/// A node; without a quality the metadata service, which serves no chunks as long as others do.
fn node(video: &Video, quality: Option<&Quality>, metadata: Option<String>) -> Result<origin::Config, Error> {
    let mut config = origin::Config::new(Content::Video(video.clone()));
    config.metadata = metadata;
    config.id = Some(quality.map_or("metadata", |q| q.id).to_string());
    let Some(quality) = quality else { return Ok(config) };
    config.faults = quality.faults.iter().map(|f| Fault::parse(f)).collect::<Result<_, _>>()?;
    let latency = Seconds::from_millis(quality.latency_ms);
    let trace = Arc::new(Trace::steps(quality.id, &[(60.0, quality.mbps)], latency)?);
    config.shape = Shape::Origin(Arc::new(move |_| -> Result<AnyChannel, OriginError> {
        Ok(Box::new(Link::new(trace.clone(), LinkOptions::default())?))
    }));
    Ok(config)
}

/// Waits until every node has told the service of its chunks.
async fn everybody_has_it(client: &SmartClient, id: &str, nodes: usize) -> Result<(), Error> {
    let waiting = async {
        loop {
            if let Ok(manifest) = client.manifest(id).await
                && manifest.chunks.iter().all(|c| c.replicas.len() == nodes)
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let late = |_| Error::Failed("the nodes did not tell the metadata service of their chunks".to_string());
    tokio::time::timeout(REGISTERED, waiting).await.map_err(late)
}

/// Shows the smart client's state with that of the naive one beside it.
async fn beside(smart: Feed, naive: Feed, shown: Feed) {
    let (mut of_smart, mut of_naive) = (smart.listen(), naive.listen());
    loop {
        let changed = tokio::select! {
            changed = of_smart.changed() => changed,
            changed = of_naive.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
        if let Some(status) = smart.status() {
            let mut status = Status::clone(&status);
            status.naive = naive.status().map(|n| told(&n));
            shown.publish(status);
        }
    }
}

/// What is compared of the naive client.
fn told(status: &Status) -> Naive {
    let rebuffering = &status.buffer_stats.rebuffering;
    Naive {
        kind: "it really runs, at the same time, on the same nodes",
        startup_latency: status.startup_latency,
        rebuffering_events: status.buffer_stats.rebuffering_events,
        rebuffering_sec: rebuffering.iter().map(|r| r.duration_s.get()).sum(),
        throughput_mbps: status.throughput_mbps,
        mean_buffer_sec: status.mean_buffer_sec,
    }
}
