//! How fast: controllers of the playback rate, one file each.

mod dashjs;
mod hlsjs;

pub use dashjs::{CatchUpMode, DashJsCatchUp, Drift};
pub use hlsjs::{HlsJsLatency, LivePlaylist};

use abr::{Attention, PlayerEvent, PlayerView, Track};
use units::Seconds;

use crate::scheduling::{Chosen, Order, Schedule, Scheduling, View};
use crate::{Finished, Options, Request};

/// What a rate control wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Play at this rate from now on.
    Rate(f64),
    /// Jump to the target latency.
    ToTarget,
}

/// Says at which rate media is played.
pub trait RateControl {
    /// How often it is asked.
    fn every(&self) -> Seconds;

    /// What to do now; None to leave it as it is.
    fn pace(&mut self, view: &PlayerView<'_>) -> Option<Pace>;

    /// Learns what happened.
    fn event(&mut self, view: &PlayerView<'_>, event: &PlayerEvent) {
        let _ = (view, event);
    }
}

/// A scheduling with a rate control beside it.
#[derive(Clone, Debug)]
pub struct WithRate<S, R> {
    /// When to request, and what.
    pub scheduling: S,
    /// How fast to play.
    pub control: R,
    /// When it is asked next.
    due: Seconds,
}

impl<S, R> WithRate<S, R> {
    /// The two joined.
    pub fn new(scheduling: S, control: R) -> WithRate<S, R> {
        WithRate { scheduling, control, due: Seconds::ZERO }
    }
}

impl<S: Scheduling, R: RateControl> Scheduling for WithRate<S, R> {
    fn flows(&self, options: &Options) -> usize {
        self.scheduling.flows(options)
    }
    fn schedule(&mut self, view: &View<'_>) -> Schedule {
        self.scheduling.schedule(view)
    }
    fn chosen(&mut self, view: &View<'_>, track: Track, level: usize) -> Chosen {
        self.scheduling.chosen(view, track, level)
    }
    fn attention(&self, view: &View<'_>, level: usize, again: bool) -> Option<Attention> {
        self.scheduling.attention(view, level, again)
    }
    fn wake(&self, view: &View<'_>) -> Seconds {
        self.scheduling.wake(view).min(self.due - view.player().now)
    }
    fn woken(&mut self, view: &View<'_>) -> Option<Order> {
        let player = view.player();
        let now = player.now;
        if self.due - now <= crate::request::NOW {
            self.due = now + self.control.every().max(Seconds::from_millis(1.0));
            match (self.control.pace(&player), player.live, player.video.edge(now)) {
                (Some(Pace::Rate(rate)), ..) => return Some(Order::Rate(rate)),
                (Some(Pace::ToTarget), Some(live), Some(edge)) => {
                    return Some(Order::Seek(edge - live.target));
                }
                (Some(Pace::ToTarget), ..) | (None, ..) => {}
            }
        }
        self.scheduling.woken(view)
    }
    fn requested(&mut self, view: &View<'_>, request: &Request) {
        self.scheduling.requested(view, request);
    }
    fn finished(&mut self, view: &View<'_>, finished: &Finished<'_>) {
        self.scheduling.finished(view, finished);
    }
    fn event(&mut self, view: &View<'_>, event: &PlayerEvent) {
        self.control.event(&view.player(), event);
        self.scheduling.event(view, event);
    }
}
