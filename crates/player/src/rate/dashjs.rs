//! How dash.js catches up with a live event: three modes.
//!
//! Source: dash.js 5.2.1, `CatchupController`.
//!
//! | constant | value |
//! |---|---|
//! | rates | from 0.5 to 1.5 (`playbackRate.min`, `.max`, as differences from 1) |
//! | rate at a distance `d` from the target, where `c` is the greatest change | 1 - c + 2 c / (1 + exp(-5 d)) |
//! | smallest change that is made | 0.02 of a greatest change of 0.5, and in its proportion |
//! | jump to the target when it is further behind than | 12 s (`maxDrift`) |
//! | LoL+: slower while less is ahead than | 0.5 s (`playbackBufferMin`) |
//! | LoL+: rate 1 within | 2 % of the target |
//! | step: begins beyond, and goes on to | 1 s behind, 0 s before (`start`, `stop`) |
//! | a stall is over when more is ahead than | half the target |
//! | it is asked every | 250 ms (`timeupdate` of the media element) |

use abr::{LiveView, PlayerEvent, PlayerView};
use units::Seconds;

use super::{Pace, RateControl};
use crate::request::NOW;

/// How the rate follows the distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CatchUpMode {
    /// A sigmoid.
    #[default]
    Default,
    /// LoL+: the same, and slower on a low buffer.
    LolPlus,
    /// One faster and one slower rate.
    Step,
}

/// How far from the target something begins or ends: before it, and behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// The viewer is nearer to the event than the target.
    pub before: Seconds,
    /// The viewer is further away.
    pub behind: Seconds,
}

/// The controller.
#[derive(Clone, Debug, PartialEq)]
pub struct DashJsCatchUp {
    /// How the rate follows the distance.
    pub mode: CatchUpMode,
    /// The slowest rate, as a difference from 1.
    pub slower: f64,
    pub faster: f64,
    /// Further behind than this it jumps; zero: never.
    pub most_drift: Seconds,
    /// LoL+: media ahead below which it plays slower.
    pub least_buffer: Seconds,
    /// Step: where it begins.
    pub start: Drift,
    /// Step: where it ends.
    pub stop: Drift,
    stalled: bool,
}

impl DashJsCatchUp {
    /// A controller under dash.js's defaults.
    pub fn new(mode: CatchUpMode) -> DashJsCatchUp {
        let drift = Drift { before: Seconds::ZERO, behind: Seconds::new(1.0) };
        DashJsCatchUp {
            mode,
            slower: -0.5,
            faster: 0.5,
            most_drift: Seconds::new(12.0),
            least_buffer: Seconds::new(0.5),
            start: drift,
            stop: drift,
            stalled: false,
        }
    }

    /// The buffer ran dry.
    pub fn emptied(&mut self) {
        self.stalled = true;
    }

    /// So much is ahead.
    pub fn filled(&mut self, ahead: Seconds, target: Seconds) {
        if ahead > target * 0.5 {
            self.stalled = false;
        }
    }

    /// What to do at this latency, with so much ahead, while media plays at `rate`.
    pub fn update(&self, live: &LiveView, ahead: Seconds, rate: f64) -> Option<Pace> {
        let behind = live.latency - live.target;
        let low = self.mode == CatchUpMode::LolPlus && ahead < self.least_buffer;
        let wanted = match self.mode {
            CatchUpMode::Step => behind > self.start.behind || -behind > self.start.before || rate != 1.0,
            _ => behind != Seconds::ZERO || low,
        };
        if !wanted {
            return None;
        }
        if self.most_drift > Seconds::ZERO && behind > self.most_drift {
            return Some(Pace::ToTarget);
        }
        let new = self.rate(behind, live.target, ahead);
        let least = 0.02 / (0.5 / self.faster);
        ((new - rate).abs() >= least || new == 1.0).then_some(Pace::Rate(new))
    }

    fn rate(&self, behind: Seconds, target: Seconds, ahead: Seconds) -> f64 {
        let sigmoid = |by: Seconds, most: f64| (1.0 - most) + 2.0 * most / (1.0 + libm::exp(-5.0 * by.get()));
        let most = if behind < Seconds::ZERO { self.slower.abs() } else { self.faster };
        match self.mode {
            CatchUpMode::LolPlus if ahead < self.least_buffer => {
                sigmoid(ahead - self.least_buffer, self.slower.abs())
            }
            CatchUpMode::LolPlus if behind.abs() <= target * 0.02 => 1.0,
            CatchUpMode::Default | CatchUpMode::Step if self.stalled => 1.0,
            CatchUpMode::Step if behind > self.stop.behind => 1.0 + self.faster,
            CatchUpMode::Step if -behind > self.stop.before => 1.0 + self.slower,
            CatchUpMode::Step => 1.0,
            _ => sigmoid(behind, most),
        }
    }
}

/// Whether a jump to the target leads on: it ends at the beginning of a segment, and drops what is on its way. A viewer who stands
/// at that beginning, but for a rounding, is there already.
fn leads_on(view: &PlayerView<'_>, live: &LiveView) -> bool {
    let Some(edge) = view.video.edge(view.now) else { return false };
    let segment = view.video.segment_at(edge - live.target).min(view.end.saturating_sub(1));
    view.video.start(segment) > edge - live.latency + NOW
}

impl RateControl for DashJsCatchUp {
    fn every(&self) -> Seconds {
        Seconds::from_millis(250.0)
    }

    fn pace(&mut self, view: &PlayerView<'_>) -> Option<Pace> {
        let live = view.live?;
        self.filled(view.buffer, live.target);
        match self.update(&live, view.buffer, view.rate) {
            Some(Pace::ToTarget) if !leads_on(view, &live) => {
                Some(Pace::Rate(self.rate(live.latency - live.target, live.target, view.buffer)))
            }
            pace => pace,
        }
    }

    fn event(&mut self, _: &PlayerView<'_>, event: &PlayerEvent) {
        if *event == PlayerEvent::Stalled {
            self.emptied();
        }
    }
}

#[cfg(test)]
mod tests {
    use media::{Availability, Ladder, Live, Video};

    use super::*;

    /// A viewer waits at the beginning of the third segment, in which the target lies: a jump ends where they are, whatever the
    /// last bits of edge and latency say. A little before it, it leads on.
    #[test]
    fn a_jump_to_where_the_viewer_waits_leads_nowhere() {
        for k in 1..1000 {
            let segment = Seconds::new(1.0 + f64::from(k) * 0.003_395_074_7);
            let join = Seconds::new(f64::from(k) * 0.049_068_83);
            let ladder = Ladder::from_kbps(&[300.0]).expect("a ladder");
            let video = Video::constant_bitrate("event", ladder, segment, segment * 5.0).expect("a video");
            let video = video.with_availability(Availability::Live(Live { join, ..Live::default() }));
            let mut view = PlayerView::at_start(&video, Seconds::new(30.0));
            view.now = video.start(2) + Seconds::new(6.0);
            let edge = video.edge(view.now).expect("a live event");
            let latency = edge - video.start(2);
            let live = LiveView { latency, target: latency - segment * 0.5 };
            assert!(!leads_on(&view, &live), "{segment}, {join}");
            let before = LiveView { latency: latency + segment * 0.1, ..live };
            assert!(leads_on(&view, &before), "{segment}, {join}");
        }
    }
}
