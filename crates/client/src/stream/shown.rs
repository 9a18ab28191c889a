//! What a session tells of itself while it plays.

use units::Seconds;

use super::Playing;
use crate::buffer::{BufferState, BufferStatistics, BufferStatus};
use crate::status::Status;

impl Playing {
    /// The buffer's mean level since the first frame, in seconds.
    fn mean_level(&self) -> Option<f64> {
        let buffer = self.player.buffer();
        let time = (buffer.clock() - self.watch.startup?).get();
        (time > 0.0).then(|| buffer.level_integral() / time)
    }

    fn status(&self, now: Seconds, ended: Option<&str>) -> Status {
        let (m, view) = (&self.monitor, self.player.view());
        let options = self.player.options();
        let (level, target) = (view.buffer, options.capacity);
        let low = self.config.low_water_mark_sec.min(target);
        let state = match level {
            l if l <= Seconds::ZERO => BufferState::Empty,
            _ if self.watch.startup.is_none() => BufferState::Initializing,
            l if l < low => BufferState::Low,
            l if l + self.video.longest_segment() > target => BufferState::Full,
            _ => BufferState::Healthy,
        };
        let mut stalls = self.watch.stalls.clone();
        if let (true, Some(last)) = (self.watch.open, stalls.last_mut()) {
            last.duration_s = self.player.now() - last.start_s;
        }
        let here = self.player.now();
        let date = crate::clock::unix() - now.get();
        let stats = (0..m.len()).filter_map(|n| m.stats(n)).map(|mut n| {
            n.last_update += date;
            n
        });
        let started = self.watch.startup.is_some();
        let sources = self.sources.iter().rev().take(100);
        Status {
            is_initialized: true,
            video_id: Some(self.video.name().to_string()),
            playing: ended.is_none(),
            startup_latency: self.watch.startup.map(Seconds::get),
            playback_duration: self.watch.startup.map(|s| (here - s).get()),
            buffer: BufferStatus {
                buffer_level_sec: level.get(),
                buffer_level_chunks: self.player.buffer().len(),
                buffer_health_percent: (level / target * 100.0).min(100.0),
                state,
                target_buffer_sec: target.get(),
                low_water_mark_sec: low.get(),
                current_position: self.watch.played,
                playback_started: started,
                needs_more_chunks: level < low,
                can_start_playback: level >= options.buffer.start,
                is_healthy: level >= low,
                memory_usage_bytes: self.arrived.values().map(|d| d.len() as u64).sum(),
            },
            buffer_stats: BufferStatistics {
                total_chunks_buffered: self.watch.appended,
                total_chunks_played: self.watch.played,
                rebuffering_events: stalls.len(),
                current_buffer_level_sec: level.get(),
                playback_started: started,
                playback_duration_sec: self.watch.startup.map(|s| (here - s).get()),
                time_since_last_rebuffer_sec: stalls.last().map(|r| (here - r.start_s).get()),
                rebuffering: stalls,
            },
            scheduler_stats: self.scheduler.statistics(m),
            network_stats: stats.collect(),
            node_scores: m.all_node_scores().into_iter().collect(),
            node_healthy: (0..m.len()).map(|n| (m.url(n).to_string(), m.healthy(n, now))).collect(),
            chunk_sources: sources.map(|(segment, node)| (*segment, m.url(*node).to_string())).collect(),
            throughput_mbps: self.throughput,
            mean_throughput_mbps: None,
            mean_buffer_sec: self.mean_level(),
            rung: self.watch.level.map(|l| (l, self.video.ladder().bitrate(l).kbps())),
            bytes: self.bytes + self.attempts.values().map(|(_, _, came, _)| came).sum::<u64>(),
            ended: ended.map(str::to_string),
            naive: None,
        }
    }

    pub(super) fn publish(&mut self, now: Seconds, ended: Option<&str>) {
        if ended.is_some() || now - self.published >= Seconds::new(0.2) {
            self.published = now;
            let status = self.status(now, ended);
            self.feed.publish(status);
        }
    }
}
