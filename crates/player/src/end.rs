//! How a session ends: everything is played, the network is gone, or the viewer is.

use std::ops::Deref;

use abr::AbrStrategy;
use media::Video;
use playbuf::State;

use crate::core::reporter;
use crate::phase::Phase;
use crate::scheduling::Scheduling;
use crate::{Event, Observer, Player, Totals};

impl<V: Deref<Target = Video>, A: AbrStrategy, S: Scheduling> Player<V, A, S> {
    /// Nothing more will be fetched: what is buffered plays out.
    pub(crate) fn play_out(&mut self, observer: &mut impl Observer) {
        let core = &mut self.core;
        core.buffer.complete_companion(reporter!(self.video, *core, &mut *observer));
        core.buffer.complete(reporter!(self.video, *core, &mut *observer));
        match core.buffer.state() {
            State::Playing => self.phase = Phase::PlayingOut,
            // Until the viewer plays on.
            State::Paused => self.phase = Phase::Waiting,
            _ => self.ended_playing(observer),
        }
    }

    pub(crate) fn ended_playing(&mut self, observer: &mut impl Observer) {
        let core = &mut self.core;
        core.buffer.play_out(reporter!(self.video, *core, &mut *observer));
        self.stop(observer);
    }

    /// Ends the session here, whatever is left: the network is gone, or the viewer is.
    pub fn stop(&mut self, observer: &mut impl Observer) {
        if self.phase == Phase::Over {
            return;
        }
        self.settle(observer);
        self.phase = Phase::Over;
        self.core.flights.clear();
        self.core.giving_up = 0;
        let b = &self.core.buffer;
        let totals = Totals {
            startup: b.startup(),
            played: b.played(),
            stalled: b.stalled(),
            paused: b.paused(),
            wall: b.clock(),
            level_integral: b.level_integral(),
        };
        observer.event(b.clock(), &Event::Ended(&totals));
    }

    /// The link of the network ended for good while a request was in flight: what is buffered plays out, then the session
    /// stops.
    pub fn network_ended(&mut self, observer: &mut impl Observer) {
        if self.phase == Phase::Over {
            return;
        }
        self.settle(observer);
        let core = &mut self.core;
        core.buffer.complete_companion(reporter!(self.video, *core, &mut *observer));
        core.buffer.complete(reporter!(self.video, *core, &mut *observer));
        self.ended_playing(observer);
    }
}
