//! The level controller as a rule of a player: what the player tells is put into the words of hls.js.

use units::{Bits, Seconds};

use super::{Fragment, HlsJs, HlsJsOptions, Tick, Variant};
use crate::{AbrStrategy, Attention, Decision, Ending, Estimate, PlayerEvent, PlayerView, Progress, Verdict};

/// hls.js 1.7.4 as a rule. It is at home under the scheduling of hls.js, which looks at fragments every 100 ms and fetches a playlist
/// at a switch; under another one it makes do with what it is shown.
#[derive(Clone, Debug)]
pub struct HlsJsRule {
    options: HlsJsOptions,
    controller: HlsJs,
    /// The segment that the controller follows, and its level.
    followed: Option<(usize, usize)>,
    /// Whether a fragment was loaded: the first one is never given up.
    loaded: bool,
}

impl HlsJsRule {
    /// A rule with these settings.
    pub fn new(options: HlsJsOptions) -> HlsJsRule {
        let controller = HlsJs::new(options, Vec::new(), 0, false, Seconds::new(1.0));
        HlsJsRule { options, controller, followed: None, loaded: false }
    }

    /// The controller follows a fragment that was requested so long ago.
    fn follow(
        &mut self,
        view: &PlayerView<'_>,
        fragment: (usize, usize),
        size: Bits,
        elapsed: Seconds,
        latency: Seconds,
    ) {
        let start = view.now - elapsed;
        if self.followed != Some(fragment) {
            self.followed = Some(fragment);
            let level = fragment.1;
            // What was going to be given up later is over.
            self.controller.pending = None;
            self.controller.fragment_loading(Fragment {
                level,
                start,
                first_byte: start,
                size: Some(size),
                bitrate: None,
            });
        }
        if latency < elapsed {
            self.controller.first_byte(start + latency);
        }
    }
}

impl AbrStrategy for HlsJsRule {
    fn begin(&mut self, view: &PlayerView<'_>) {
        let rungs = view.video.ladder().bitrates();
        let variants = rungs.iter().map(|b| Variant { bandwidth: *b, average: Some(*b) }).collect();
        self.controller = HlsJs::new(self.options, variants, 0, view.live.is_some(), view.video.duration(0));
        if self.options.default_estimate == HlsJsOptions::default().default_estimate {
            self.controller.raise_default(view.video.ladder().bitrate(0));
        }
        (self.followed, self.loaded) = (None, false);
    }

    fn decide(&mut self, view: &PlayerView<'_>) -> Decision {
        self.controller.set_rate(view.rate);
        let level = self.controller.next_auto_level(view.buffer);
        self.controller.load_level(level);
        Decision::fetch(level)
    }

    fn attention(&self, _: usize) -> Attention {
        Attention::Looks
    }

    fn progress(&mut self, view: &PlayerView<'_>, p: &Progress) -> Verdict {
        if !self.loaded {
            return Verdict::Continue;
        }
        self.follow(view, (p.segment, p.level), p.size, p.elapsed, p.latency);
        // Whether or not the controller aborts: its event makes the stream controller ask for the segment again, on the level that is
        // to be loaded now, and what was in flight ends with that.
        match (self.controller.tick(view.now, p.received, p.buffer), self.controller.loading()) {
            (Tick::Abort | Tick::Lower, Some(to)) if to != p.level => {
                self.followed = None;
                Verdict::Abandon { to }
            }
            _ => Verdict::Continue,
        }
    }

    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        match event {
            PlayerEvent::Loaded { level, elapsed } => self.controller.playlist_loaded(*level, *elapsed),
            PlayerEvent::Ended {
                segment, level, size, elapsed, latency, ending: Ending::Appended, ..
            } => {
                self.follow(view, (*segment, *level), *size, *elapsed, *latency);
                self.controller.fragment_loaded(*size, view.now, view.now);
                // Where nobody fetches playlists, whose fragments are there has one.
                if !self.controller.has_playlist(*level) {
                    self.controller.playlist_loaded(*level, Seconds::ZERO);
                }
                (self.followed, self.loaded) = (None, true);
            }
            PlayerEvent::Ended { .. } => self.followed = None,
            _ => {}
        }
    }

    fn estimate(&self) -> Option<Estimate> {
        let estimator = self.controller.estimator();
        let (throughput, latency) = (estimator.throughput(), estimator.first_byte());
        estimator.is_ready().then_some(Estimate { throughput, latency })
    }
}
