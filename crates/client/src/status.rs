//! What a client tells of itself while it plays, under V-Stack's names; what V-Stack does not have stands behind.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::sync::{Notify, watch};

use crate::buffer::{BufferStatistics, BufferStatus};
use crate::monitor::NodeStats;
use crate::scheduler::SchedulerStatistics;

/// The state of a client.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Whether there is anything to tell.
    pub is_initialized: bool,
    pub video_id: Option<String>,
    pub playing: bool,
    /// From the wish to the first frame, in seconds.
    pub startup_latency: Option<f64>,
    /// Since the first frame, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub playback_duration: Option<f64>,
    pub buffer: BufferStatus,
    pub buffer_stats: BufferStatistics,
    pub scheduler_stats: SchedulerStatistics,
    /// The nodes that have answered.
    pub network_stats: Vec<NodeStats>,
    pub node_scores: BTreeMap<String, f64>,
    pub node_healthy: BTreeMap<String, bool>,
    /// The node that every chunk came from, by the chunk's number: the latest 100.
    pub chunk_sources: BTreeMap<usize, String>,
    /// The latest throughput of a download, in Mbit/s.
    pub throughput_mbps: Option<f64>,
    /// What was received over the time with a request in flight, in Mbit/s.
    pub mean_throughput_mbps: Option<f64>,
    /// The mean level since the first frame, in seconds.
    pub mean_buffer_sec: Option<f64>,
    /// The rung of the latest segment and its bitrate in kbit/s, where there are rungs.
    pub rung: Option<(usize, f64)>,
    /// Bytes of media that were received.
    pub bytes: u64,
    /// How the session ended, once it has: `completed`, `stopped`, or why it failed.
    pub ended: Option<String>,
    /// The naive client beside it.
    pub naive: Option<Naive>,
}

/// A naive client for comparison, and what it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Naive {
    /// Whether it really ran, or is simulated over what was measured of the nodes.
    pub kind: &'static str,
    /// From the wish to the first frame, in seconds.
    pub startup_latency: Option<f64>,
    pub rebuffering_events: usize,
    /// How long they lasted, in seconds.
    pub rebuffering_sec: f64,
    /// Bits over the time with a request in flight, in Mbit/s.
    pub throughput_mbps: Option<f64>,
    /// The buffer's mean level, in seconds.
    pub mean_buffer_sec: Option<f64>,
}

/// One second of the past.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Unix time.
    pub timestamp: f64,
    /// Media ahead of the viewer, in seconds.
    pub buffer_level: f64,
    /// The level as a share of the target, in percent.
    pub buffer_health: f64,
    /// The latest bandwidths of all nodes together, in Mbit/s.
    pub download_rate: f64,
    /// Requests in flight.
    pub active_downloads: usize,
    pub node_scores: BTreeMap<String, f64>,
    /// The latest throughput of a download, in Mbit/s.
    pub throughput_mbps: Option<f64>,
}

/// An hour of seconds.
const HISTORY: usize = 3600;

#[derive(Debug)]
struct Inner {
    latest: watch::Sender<Option<Arc<Status>>>,
    history: Mutex<VecDeque<Sample>>,
    stop: Notify,
}

/// Where a client tells, and dashboards listen. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Feed(Arc<Inner>);

impl Default for Feed {
    fn default() -> Feed {
        let (latest, _) = watch::channel(None);
        Feed(Arc::new(Inner { latest, history: Mutex::new(VecDeque::new()), stop: Notify::new() }))
    }
}

impl Feed {
    /// Tells the state of now.
    pub fn publish(&self, status: Status) {
        let now = crate::clock::unix();
        let mut history = self.0.history.lock().unwrap_or_else(PoisonError::into_inner);
        if history.back().is_none_or(|last| now - last.timestamp >= 1.0) {
            if history.len() == HISTORY {
                history.pop_front();
            }
            history.push_back(Sample {
                timestamp: now,
                buffer_level: status.buffer.buffer_level_sec,
                buffer_health: status.buffer.buffer_health_percent,
                download_rate: status.network_stats.iter().filter_map(|n| n.bandwidth_mbps.current).sum(),
                active_downloads: status.scheduler_stats.active_downloads,
                node_scores: status.node_scores.clone(),
                throughput_mbps: status.throughput_mbps,
            });
        }
        drop(history);
        self.0.latest.send_replace(Some(Arc::new(status)));
    }

    /// The latest state; none before the first.
    pub fn status(&self) -> Option<Arc<Status>> {
        self.0.latest.borrow().clone()
    }

    /// Hears of every state.
    pub fn listen(&self) -> watch::Receiver<Option<Arc<Status>>> {
        self.0.latest.subscribe()
    }

    /// The last hour, a sample a second.
    pub fn history(&self) -> Vec<Sample> {
        self.0.history.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Asks the client to stop.
    pub fn stop(&self) {
        self.0.stop.notify_one();
    }

    /// Until the client is asked to stop.
    pub(crate) async fn stopped(&self) {
        self.0.stop.notified().await;
    }
}

impl Status {
    /// The state in a block of 60 columns, as V-Stack prints it.
    pub fn to_text(&self) -> String {
        let rule = "=".repeat(60);
        let or_none =
            |x: Option<f64>, unit: &str| x.map_or("none yet".to_string(), |x| format!("{x:.2} {unit}"));
        let mut text = format!(
            "{rule}\n{}{}\n{rule}\n",
            if self.playing { "playing " } else { "not playing " },
            self.video_id.as_deref().unwrap_or("anything")
        );
        let b = &self.buffer;
        text += &format!(
            "buffer       {:.1} of {:.0} s ({:.0} %), {:?}\n",
            b.buffer_level_sec, b.target_buffer_sec, b.buffer_health_percent, b.state
        );
        text += &format!("startup      {}\n", or_none(self.startup_latency, "s"));
        let stalled: f64 = self.buffer_stats.rebuffering.iter().map(|r| r.duration_s.get()).sum();
        text += &format!("rebuffering  {} ({stalled:.2} s)\n", self.buffer_stats.rebuffering_events);
        let s = &self.scheduler_stats;
        text += &format!(
            "downloads    {} ({:.0} % good), {} failovers, {} in flight\n",
            s.total_downloads,
            s.success_rate * 100.0,
            s.failover_count,
            s.active_downloads
        );
        text += &format!("throughput   {}\n", or_none(self.throughput_mbps, "Mbit/s"));
        for (url, score) in &self.node_scores {
            let chunks = s.downloads_per_node.get(url).copied().unwrap_or(0);
            text += &format!("node         {url}: score {score:.2}, {chunks} chunks\n");
        }
        text + &rule + "\n"
    }
}
